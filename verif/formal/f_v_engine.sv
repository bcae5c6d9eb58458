// Contract of the V engine: its flags and its loops. Jobs of up to 4 words, blocks of up to 2;
// drains greedy and drawn.
`default_nettype none
module f_v_engine
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
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        start_i,
  input wire instr_t      instr_i,
  input wire logic [31:0] token_i,
  input wire logic [11:0] pos_i,
  input wire logic        adapter_on_i,
  input wire logic        draw_i
);

  logic        ready_o, idle_o, norm_start_o, dr_valid_o, sample_o;
  v_job_t      job_o;
  v_step_t     step_o;
  logic [31:0] rope_base_o;
  drain_ctrl_t dr_ctrl_o;
  logic        noise_valid_o;
  logic [11:0] noise_slot_o;

  v_engine #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .HOPS(HOPS), .HEAD_DIM(HEAD_DIM), .CPK(CPK),
    .HIDDEN_WORDS(HIDDEN_WORDS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // golden/SPEC.md chapter 5: D = steps + this.
  localparam int unsigned Lead  = GUMBEL_CYCLES > 4 + 2 * HOPS ? GUMBEL_CYCLES - 4 - 2 * HOPS : 0;
  localparam int unsigned Pause = GUMBEL_CYCLES < 4 + 2 * HOPS ? 2 * HOPS + 4 - GUMBEL_CYCLES : 0;

  function automatic logic [6:0] tail(instr_t i, logic drawn);
    logic [6:0] tx;
    case (i.transform)
      TrNorm, TrInv: tx = 7'd1;
      TrRope:        tx = 7'd2;
      TrSilu:        tx = 7'(fp_pkg::SIGMOID_LATENCY + 2);
      default:       tx = 7'd0;
    endcase
    case (i.op)
      VEmbed:  return 7'd3;
      VSend:   return tx + 7'(i.n1[1:0]) + 7'(fp_pkg::MXQ_LATENCY + HOPS + 1)
                      + (i.dest == DstK || i.dest == DstV ? 7'(CPK) : 7'd0);
      VDrain:  return 7'(2 * HOPS + 6) + (drawn ? 7'(Lead) : 7'd0);
      default: return 7'(HOPS + $clog2(COLUMNS) + 1);
    endcase
  endfunction

  logic        start_q, job_q, bank_q, drawn, drawn_q;
  logic [3:0]  op_q;
  logic [6:0]  steps, left_q, busy_q;
  logic [6:0]  turn_q, steps_q;          // cycles since the job's start; its steps
  logic [2:0]  index_q;
  logic [7:0]  base_q;
  assign drawn = draw_i && instr_i.op == 4'(VDrain) && instr_i.drain == DrArgmax;
  assign steps = instr_i.op == 4'(VSample) ? 7'd1 : 7'(instr_i.n0[2:0]);

  always_ff @(posedge clk_i) begin
    start_q <= rst_ni && start_i;
    if (!rst_ni) begin
      job_q  <= 1'b0;
      left_q <= '0;
      busy_q <= '0;
      turn_q <= '0;
      drawn_q <= 1'b0;
    end else if (start_i) begin
      job_q <= 1'b1;
      left_q  <= steps;
      busy_q  <= steps + tail(instr_i, drawn);
      turn_q  <= 7'd1;
      steps_q <= steps;
      drawn_q <= drawn;
      op_q    <= instr_i.op;
      bank_q  <= instr_i.bank;
      base_q  <= instr_i.op == 4'(VEmbed) ? 8'(token_i * HIDDEN_WORDS) : instr_i.addr0[7:0];
      index_q <= '0;
    end else begin
      if (turn_q != 0 && turn_q != '1) turn_q <= turn_q + 7'd1;
      if (busy_q != 0) busy_q <= busy_q - 7'd1;
      if (left_q != 0) begin
        left_q  <= left_q - 7'd1;
        index_q <= index_q + 3'd1;
      end
    end
  end

  logic        drains, noises;           // a step of a drain, or of its noise, on the bundle
  logic [11:0] slot, noise_slot;
  assign drains     = drawn_q ? 32'(turn_q) > Lead && 32'(turn_q) <= Lead + 32'(steps_q)
                              : left_q != 0 && op_q == 4'(VDrain);
  assign slot       = drawn_q ? 12'(turn_q) - 12'(Lead + 1) : 12'(index_q);
  assign noises     = drawn_q && 32'(turn_q) > Pause && 32'(turn_q) <= Pause + 32'(steps_q);
  assign noise_slot = 12'(turn_q) - 12'(Pause + 1);

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_idle: assume (!start_i || (ready_o && idle_o));
      m_small: assume (!start_i || (instr_i.engine == EngV && instr_i.op <= 4'(VSample)
                                    && instr_i.n0 != 0 && instr_i.n0 <= 4 && instr_i.n1 != 0
                                    && instr_i.n1 <= 2));
      m_blocks: assume (!start_i || instr_i.op != 4'(VSend) || instr_i.n1 == 1 || !instr_i.n0[0]);
      a_busy_after_start: assert (!start_q || (!ready_o && !idle_o));
      a_idle_is_ready: assert (!idle_o || ready_o);
      a_ready: assert (ready_o == (left_q == 0));
      a_idle: assert (idle_o == (busy_q == 0));
      a_steps: assert (step_o.embed == (left_q != 0 && op_q == 4'(VEmbed))
                       && step_o.send == (left_q != 0 && op_q == 4'(VSend))
                       && dr_valid_o == drains
                       && sample_o == (left_q != 0 && op_q == 4'(VSample)));
      a_order: assert (left_q == 0 || op_q == 4'(VSample)
                       || (step_o.index == 12'(index_q) && step_o.first == (index_q == 0)
                           && step_o.last == (left_q == 1) && step_o.addr[7:0] == base_q + 8'(index_q)));
      a_bank: assert (!dr_valid_o || (dr_ctrl_o.bank == bank_q && dr_ctrl_o.slot == slot));
      a_noise: assert (noise_valid_o == noises && (!noises || noise_slot_o == noise_slot));
      c_long_send: cover (job_q && start_i && op_q == 4'(VSend) && index_q == 4);
      c_drain: cover (job_q && dr_valid_o && left_q == 1 && index_q == 3);
      c_drawn: cover (drawn_q && dr_valid_o && slot == 3);
    end
  end

endmodule
`default_nettype wire
