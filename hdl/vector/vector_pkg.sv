// Types shared by the modules of the vector row: steps and jobs of its two engines, an argmax
// candidate; cycles of the sampler's noise.
`default_nettype none
package vector_pkg;

  // Cycles from a counter to its random word, from a row to its noise (golden/gumbel.py).
  parameter int unsigned THREEFRY_CYCLES = 5;
  parameter int unsigned GUMBEL_CYCLES   = THREEFRY_CYCLES + 1 + 2 * fp_pkg::LN_LATENCY;

  // One step of the loop of SEND, the same for all columns, cycle t0 + 1 + number of the step.
  typedef struct packed {
    logic        valid;
    logic        first;   // first step of the loop
    logic        last;    // last step of the loop
    logic        zero;    // this word is sent as 0
    logic [31:0] addr;    // word of the token's vector memories
    logic [31:0] addr2;   // norm ROM word, or vector memory word of the second source
  } send_step_t;

  // What stays while a SEND is inside the vector units.
  typedef struct packed {
    roma_pkg::ctx_t       ctx;
    roma_pkg::transform_e transform;
    logic                 k_rope;     // RoPE offsets of k
    logic [11:0]          last_word;  // words of a block, less one
    logic [31:0]          rope_base;  // first RoPE ROM word of the token's position
  } send_job_t;

  // One step of the loop of EMBED, the same for all columns.
  typedef struct packed {
    logic        valid;
    logic [11:0] index;   // number of the step
    logic [31:0] addr;    // embedding ROM word
  } embed_step_t;

  // What stays while an EMBED or a DRAIN is inside the vector units.
  typedef struct packed {
    roma_pkg::ctx_t       ctx;
    roma_pkg::drain_e     drain;
    logic                 rinv;             // multiply by 1/rms
    logic [11:0]          dst;              // first vector memory word
    logic [31:0]          row;              // into the argmax: first vocabulary row
    logic                 drawn;            // into the argmax: with temperature and noise
    logic [31:0]          inv_temperature;
    logic [31:0]          noise_seed;
    logic [11:0]          pos;              // of the token, for its noise
  } drain_job_t;

  // A candidate of the argmax: nothing yet, or a value and the vocabulary row that has it.
  typedef struct packed {
    logic        valid;
    logic [31:0] value;   // FP32
    logic [31:0] row;
  } best_t;

  // The better of two candidates; a has the lower row and wins among equals.
  function automatic best_t better(input best_t a, input best_t b);
    if (b.valid && (!a.valid || fp_pkg::fp32_gt(b.value, a.value))) return b;
    return a;
  endfunction

endpackage
`default_nettype wire
