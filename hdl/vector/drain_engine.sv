// Control of what enters the vector units: the loops of EMBED, DRAIN and SAMPLE, the steps of a drawn
// drain's noise, and how long they work. It moves no data; all columns follow in lockstep.
//
// Interface  start_i for one cycle (t0) with instr_i and token_i while ready_o. Step i is on its bundle
//            in cycle t0 + 1 + i: embed_o, dr_* (DRAIN, to the mesh), sample_o. A DRAIN into the argmax
//            of a token with inv_temperature other than 0 also has its steps on noise_*, and its dr_*
//            come later, so that noise and logits meet. flush_o is D of the operation that stands on
//            instr_i and token_i, without a register. ready_o is low for t0+1 … t0+D; job_o stays
//            until the next start, when the operation has ended.
// Latency    golden/SPEC.md chapter 5, D operations.
// Parameters COLUMNS 1 to 64; HOPS 1 to 8; HIDDEN_WORDS >= 1.
// Golden     golden/timing.py Timing.duration, golden/engines.py embed_steps, drain_steps
`default_nettype none
module drain_engine
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned HIDDEN_WORDS = 4
) (
  input  wire logic     clk_i,
  input  wire logic     rst_ni,
  // Issue port
  input  wire logic     start_i,
  input  wire instr_t   instr_i,
  input  wire token_t   token_i,
  output logic          ready_o,
  output logic [23:0]   flush_o,
  // Bundles
  output drain_job_t    job_o,
  output embed_step_t   embed_o,
  output logic          dr_valid_o,
  output drain_ctrl_t   dr_ctrl_o,
  output logic          noise_valid_o,
  output logic [11:0]   noise_slot_o,
  output logic          sample_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "drain_engine: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "drain_engine: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (HIDDEN_WORDS < 1) begin : gen_bad_hidden
    $fatal(1, "drain_engine: HIDDEN_WORDS is %0d, legal: >= 1", HIDDEN_WORDS);
  end

  localparam int unsigned Levels = $clog2(COLUMNS);

  // Noise is made in GUMBEL_CYCLES; a drain's words need 2*HOPS + 4 cycles to where they meet it.
  localparam int unsigned Way   = 2 * HOPS + 4;
  localparam int unsigned Lead  = GUMBEL_CYCLES > Way ? GUMBEL_CYCLES - Way : 0;  // the drain waits
  localparam int unsigned Pause = Way > GUMBEL_CYCLES ? Way - GUMBEL_CYCLES : 0;  // the noise waits

  d_op_e       op;
  logic        drawn;
  logic [11:0] steps;
  logic [13:0] works;
  assign op    = d_op_e'(instr_i.op);
  assign drawn = op == DDrain && instr_i.drain == DrArgmax && token_i.inv_temperature != '0;
  assign steps = op == DSample ? 12'd1 : instr_i.n0;

  always_comb begin
    unique case (op)
      DEmbed:  works = 14'(steps) + 14'd3;
      DDrain:  works = 14'(steps) + 14'(2 * HOPS + 6) + (drawn ? 14'(Lead) : 14'd0);
      default: works = 14'(2 + HOPS + Levels);
    endcase
  end
  assign flush_o = 24'(works);

  logic [13:0] busy_left_q;
  logic        bank_q, lora_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_o     <= 1'b1;
      busy_left_q <= '0;
    end else if (start_i) begin
      ready_o     <= 1'b0;
      busy_left_q <= works;
    end else if (!ready_o) begin
      busy_left_q <= busy_left_q - 1'b1;
      ready_o     <= busy_left_q == 14'd1;
    end
    if (start_i) begin
      bank_q <= instr_i.bank;
      // Rows of the LM head, which only the argmax drains, have no adapter.
      lora_q <= token_i.adapter_on && instr_i.drain != DrArgmax;
      job_o  <= '{
        ctx:             token_i.ctx,
        drain:           instr_i.drain,
        rinv:            instr_i.rinv,
        dst:             instr_i.addr0[11:0],
        row:             instr_i.addr1,
        drawn:           drawn,
        inv_temperature: token_i.inv_temperature,
        noise_seed:      token_i.noise_seed,
        pos:             token_i.pos.pos[11:0]
      };
    end
  end

  // The loop: the first step from instr_i, the following ones from the step before.
  logic        embed_q, drain_q, more;
  logic [11:0] left_q, index_q;
  logic [31:0] addr_q;
  assign more = (embed_q || drain_q) && left_q != 12'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      embed_q  <= 1'b0;
      drain_q  <= 1'b0;
      sample_o <= 1'b0;
    end else if (start_i) begin
      embed_q  <= op == DEmbed;
      drain_q  <= op == DDrain;
      sample_o <= op == DSample;
    end else if (!more) begin
      embed_q  <= 1'b0;
      drain_q  <= 1'b0;
      sample_o <= 1'b0;
    end
    if (start_i) begin
      left_q  <= steps;
      index_q <= '0;
      addr_q  <= token_i.token * HIDDEN_WORDS;
    end else if (more) begin
      left_q  <= left_q - 1'b1;
      index_q <= index_q + 1'b1;
      addr_q  <= addr_q + 1'b1;
    end
  end
  assign embed_o = '{valid: embed_q, index: index_q, addr: addr_q};

  // A drawn drain: its noise starts, its words follow.
  logic        late_valid;
  logic [11:0] late_slot;

  pipe #(
    .WIDTH (12),
    .STAGES(Lead)
  ) u_lead (
    .clk_i,
    .rst_ni,
    .valid_i(drain_q && job_o.drawn),
    .data_i (index_q),
    .valid_o(late_valid),
    .data_o (late_slot)
  );

  pipe #(
    .WIDTH (12),
    .STAGES(Pause)
  ) u_pause (
    .clk_i,
    .rst_ni,
    .valid_i(drain_q && job_o.drawn),
    .data_i (index_q),
    .valid_o(noise_valid_o),
    .data_o (noise_slot_o)
  );

  assign dr_valid_o = job_o.drawn ? late_valid : drain_q;
  assign dr_ctrl_o  = '{
    ctx:  job_o.ctx,
    slot: job_o.drawn ? late_slot : index_q,
    bank: bank_q,
    lora: lora_q
  };

`ifndef SYNTHESIS
  a_ready: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> ready_o);
  a_engine: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> instr_i.engine == EngD && instr_i.op <= DSample);
  a_steps: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> steps != '0);
`endif

endmodule
`default_nettype wire
