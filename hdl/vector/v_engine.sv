// Control of the vector engine: the loops of EMBED, SEND, DRAIN and SAMPLE, and the flags of the issue
// rule. It moves no data; all columns follow its step bundle in lockstep.
//
// Interface  start_i for one cycle (t0) with instr_i while ready_o; every V instruction of a programme
//            waits for V, so a start finds idle_o too and job_o may stay until the next start.
//            Step i is on the bundles in cycle t0 + 1 + i: step_o (EMBED, SEND), dr_* (DRAIN, to the
//            mesh), sample_o (SAMPLE). With draw_i a DRAIN into the argmax also has its steps on noise_*,
//            and its dr_* come later, so that noise and logits meet. ready_o falls for the n steps,
//            idle_o for the D cycles of golden/SPEC.md chapter 5. norm_start_o marks a start that makes
//            a new 1/rms.
// Parameters COLUMNS 1 to 64; ROWS a power of two, 2 to 64; HOPS 1 to 8; CPK a power of two up to
//            COLUMNS; HEAD_DIM a multiple of ROWS; HIDDEN_WORDS >= 1.
// Golden     golden/timing.py Timing.cost
`default_nettype none
module v_engine
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned ROWS         = 2,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned HEAD_DIM     = 8,
  parameter int unsigned CPK          = 1,
  parameter int unsigned HIDDEN_WORDS = 4
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  // Issue port and token context
  input  wire logic         start_i,
  input  wire instr_t       instr_i,
  output logic              ready_o,
  output logic              idle_o,
  input  wire logic [31:0]  token_i,
  input  wire logic [11:0]  pos_i,
  input  wire logic         adapter_on_i,
  input  wire logic         draw_i,         // tokens are drawn with noise, not greedy
  // Bundles
  output v_job_t            job_o,
  output v_step_t           step_o,
  output logic [31:0]       rope_base_o,
  output logic              norm_start_o,
  output logic              dr_valid_o,
  output drain_ctrl_t       dr_ctrl_o,
  output logic              noise_valid_o,
  output logic [11:0]       noise_slot_o,
  output logic              sample_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "v_engine: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "v_engine: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "v_engine: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (HEAD_DIM < ROWS || HEAD_DIM % ROWS != 0) begin : gen_bad_head
    $fatal(1, "v_engine: HEAD_DIM is %0d, legal: a multiple of ROWS (%0d)", HEAD_DIM, ROWS);
  end
  if (CPK < 1 || CPK > COLUMNS || (CPK & (CPK - 1)) != 0) begin : gen_bad_cpk
    $fatal(1, "v_engine: CPK is %0d, legal: a power of two up to COLUMNS (%0d)", CPK, COLUMNS);
  end
  if (HIDDEN_WORDS < 1) begin : gen_bad_hidden
    $fatal(1, "v_engine: HIDDEN_WORDS is %0d, legal: >= 1", HIDDEN_WORDS);
  end

  localparam int unsigned Levels = $clog2(COLUMNS);

  // Noise is made in GUMBEL_CYCLES; a drain's words need 2*HOPS + 4 cycles to where they meet it.
  localparam int unsigned Way   = 2 * HOPS + 4;
  localparam int unsigned Lead  = GUMBEL_CYCLES > Way ? GUMBEL_CYCLES - Way : 0;  // the drain waits
  localparam int unsigned Pause = Way > GUMBEL_CYCLES ? Way - GUMBEL_CYCLES : 0;  // the noise waits

  // Cycles behind the last step until the engine is idle: D - n.
  function automatic logic [13:0] tail(input v_op_e op, input transform_e transform,
                                       input dest_e dest, input logic [11:0] block_words,
                                       input logic drawn);
    int unsigned cycles;
    unique case (op)
      VEmbed: return 14'd3;
      VSend: begin
        unique case (transform)
          TrNorm, TrInv: cycles = 1;
          TrRope:        cycles = 2;
          TrSilu:        cycles = fp_pkg::SIGMOID_LATENCY + 2;
          default:       cycles = 0;
        endcase
        if (dest == DstK || dest == DstV) cycles += CPK;
        return 14'(cycles + fp_pkg::MXQ_LATENCY + HOPS + 1) + 14'(block_words);
      end
      VDrain:  return 14'(2 * HOPS + 6 + (drawn ? Lead : 0));
      default: return 14'(HOPS + Levels + 1);
    endcase
  endfunction

  v_op_e       op;
  logic [11:0] steps;
  assign op    = v_op_e'(instr_i.op);
  assign steps = op == VSample ? 12'd1 : instr_i.n0;

  // A drain into the argmax is drawn or greedy from its start to its end.
  logic drawn, drawn_q;
  assign drawn = draw_i && instr_i.drain == DrArgmax;

  // Cycles left of the loop (the step on the bundle included) and until idle.
  logic [11:0] loop_left_q;
  logic [13:0] busy_left_q;
  logic        bank_q;
  logic [11:0] data_words_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_o     <= 1'b1;
      idle_o      <= 1'b1;
      loop_left_q <= '0;
      busy_left_q <= '0;
    end else if (start_i) begin
      ready_o     <= 1'b0;
      idle_o      <= 1'b0;
      loop_left_q <= steps;
      busy_left_q <= 14'(steps) + tail(op, instr_i.transform, instr_i.dest, instr_i.n1,
                                            drawn);
    end else begin
      if (!ready_o) begin
        loop_left_q <= loop_left_q - 1'b1;
        ready_o     <= loop_left_q == 12'd1;
      end
      if (!idle_o) begin
        busy_left_q <= busy_left_q - 1'b1;
        idle_o      <= busy_left_q == 14'd1;
      end
    end
    if (start_i) begin
      bank_q       <= instr_i.bank;
      drawn_q      <= drawn;
      data_words_q <= instr_i.n2;
      job_o        <= '{
        transform: instr_i.transform,
        k_rope:    instr_i.k_rope,
        last_word: instr_i.n1 - 1'b1,
        drain:     instr_i.drain,
        rinv:      instr_i.rinv,
        dst:       instr_i.addr0[11:0],
        row:       instr_i.addr1
      };
    end
  end
  assign norm_start_o = start_i && op == VSend && instr_i.transform == TrNorm;

  // The loop: the first step from instr_i, the following ones from the step before.
  logic    more;
  v_step_t step_q;
  logic    drain_q;
  assign more = !ready_o && loop_left_q != 12'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q.embed <= 1'b0;
      step_q.send  <= 1'b0;
      drain_q      <= 1'b0;
      sample_o     <= 1'b0;
    end else if (start_i) begin
      step_q.embed <= op == VEmbed;
      step_q.send  <= op == VSend;
      drain_q      <= op == VDrain;
      sample_o     <= op == VSample;
    end else if (!more) begin
      step_q.embed <= 1'b0;
      step_q.send  <= 1'b0;
      drain_q      <= 1'b0;
      sample_o     <= 1'b0;
    end
    if (start_i) begin
      step_q.first <= 1'b1;
      step_q.last  <= steps == 12'd1;
      step_q.zero  <= instr_i.n2 == '0;
      step_q.index <= '0;
      step_q.addr  <= op == VEmbed ? token_i * HIDDEN_WORDS : instr_i.addr0;
      step_q.addr2 <= instr_i.addr1;
      rope_base_o  <= 32'(pos_i) * (HEAD_DIM / ROWS);
    end else if (more) begin
      step_q.first <= 1'b0;
      step_q.last  <= loop_left_q == 12'd2;
      step_q.zero  <= step_q.index + 1'b1 >= data_words_q;
      step_q.index <= step_q.index + 1'b1;
      step_q.addr  <= step_q.addr + 1'b1;
      step_q.addr2 <= step_q.addr2 + 1'b1;
    end
  end
  assign step_o = step_q;

  // A drawn drain: its noise starts, its words follow.
  logic        late_valid;
  logic [11:0] late_slot;

  pipe #(
    .WIDTH (12),
    .STAGES(Lead)
  ) u_lead (
    .clk_i,
    .rst_ni,
    .valid_i(drain_q && drawn_q),
    .data_i (step_q.index),
    .valid_o(late_valid),
    .data_o (late_slot)
  );

  pipe #(
    .WIDTH (12),
    .STAGES(Pause)
  ) u_pause (
    .clk_i,
    .rst_ni,
    .valid_i(drain_q && drawn_q),
    .data_i (step_q.index),
    .valid_o(noise_valid_o),
    .data_o (noise_slot_o)
  );

  // Rows of the LM head, which only the argmax drains, have no adapter.
  assign dr_valid_o = drawn_q ? late_valid : drain_q;
  assign dr_ctrl_o  = '{
    slot: drawn_q ? late_slot : step_q.index,
    bank: bank_q,
    lora: adapter_on_i && job_o.drain != DrArgmax
  };

`ifndef SYNTHESIS
  a_waits_for_v: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> ready_o && idle_o);
  a_engine: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> instr_i.engine == EngV && instr_i.op <= VSample);
  a_steps: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> steps != '0);
  a_whole_blocks: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i && op == VSend |-> instr_i.n1 != '0 && instr_i.n0 % instr_i.n1 == '0);
  a_idle_is_ready: assert property (@(posedge clk_i) disable iff (!rst_ni) idle_o |-> ready_o);
`endif

endmodule
`default_nettype wire
