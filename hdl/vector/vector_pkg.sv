// Types shared by the modules of the vector row: the step bundle of v_engine, its job, an argmax
// candidate; cycles of the sampler's noise.
`default_nettype none
package vector_pkg;

  // Cycles from a counter to its random word, from a row to its noise (golden/gumbel.py).
  parameter int unsigned THREEFRY_CYCLES = 5;
  parameter int unsigned GUMBEL_CYCLES   = THREEFRY_CYCLES + 1 + 2 * fp_pkg::LN_LATENCY;

  // One step of the loop of EMBED or SEND, the same for all columns, cycle t0 + 1 + index.
  typedef struct packed {
    logic        embed;   // step of EMBED
    logic        send;    // step of SEND
    logic        first;   // first step of the loop
    logic        last;    // last step of the loop
    logic        zero;    // SEND: this word is sent as 0
    logic [11:0] index;   // number of the step
    logic [31:0] addr;    // EMBED: embedding ROM word; SEND: vector memory word
    logic [31:0] addr2;   // SEND: norm ROM word, or vector memory word of the second source
  } v_step_t;

  // What stays while an operation is inside the vector units.
  typedef struct packed {
    roma_pkg::transform_e transform;  // SEND
    logic                 k_rope;     // SEND: RoPE offsets of k
    logic [11:0]          last_word;  // SEND: words of a block, less one
    roma_pkg::drain_e     drain;      // DRAIN
    logic                 rinv;       // DRAIN
    logic [11:0]          dst;        // EMBED, DRAIN: first vector memory word
    logic [31:0]          row;        // DRAIN into the argmax: first vocabulary row
  } v_job_t;

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
