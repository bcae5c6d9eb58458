// Contract of the engine of EMBED, DRAIN and SAMPLE: ready, its times and its loops. Operations of up to
// 4 words; drains greedy and drawn.
`default_nettype none
module f_drain_engine
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned HIDDEN_WORDS = 4
) (
  input wire logic   clk_i,
  input wire logic   rst_ni,
  input wire logic   start_i,
  input wire instr_t instr_i,
  input wire token_t token_i
);

  logic        ready_o, dr_valid_o, noise_valid_o, sample_o;
  logic [23:0] flush_o;
  drain_job_t  job_o;
  embed_step_t embed_o;
  drain_ctrl_t dr_ctrl_o;
  logic [11:0] noise_slot_o;

  drain_engine #(
    .COLUMNS(COLUMNS), .HOPS(HOPS), .HIDDEN_WORDS(HIDDEN_WORDS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // golden/SPEC.md chapter 5.
  localparam int unsigned Lead  = GUMBEL_CYCLES > 4 + 2 * HOPS ? GUMBEL_CYCLES - 4 - 2 * HOPS : 0;
  localparam int unsigned Pause = GUMBEL_CYCLES < 4 + 2 * HOPS ? 2 * HOPS + 4 - GUMBEL_CYCLES : 0;

  logic        drawn;
  logic [6:0]  steps, works;
  assign drawn = token_i.inv_temperature != '0 && instr_i.op == 4'(DDrain) && instr_i.drain == DrArgmax;
  assign steps = instr_i.op == 4'(DSample) ? 7'd1 : 7'(instr_i.n0[2:0]);

  always_comb begin
    case (instr_i.op)
      4'(DEmbed): works = steps + 7'd3;
      4'(DDrain): works = steps + 7'(2 * HOPS + 6) + (drawn ? 7'(Lead) : 7'd0);
      default:    works = 7'(HOPS + $clog2(COLUMNS) + 2);
    endcase
  end

  logic        job_q, bank_q, lora_q, drawn_q;
  logic [3:0]  op_q;
  logic [6:0]  left_q, busy_q;
  logic [6:0]  turn_q, steps_q;          // cycles since the operation's start; its steps
  logic [2:0]  index_q;
  logic [7:0]  base_q;
  ctx_t        ctx_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_q   <= 1'b0;
      left_q  <= '0;
      busy_q  <= '0;
      turn_q  <= '0;
      drawn_q <= 1'b0;
    end else if (start_i) begin
      job_q   <= 1'b1;
      left_q  <= steps;
      busy_q  <= works;
      turn_q  <= 7'd1;
      steps_q <= steps;
      drawn_q <= drawn;
      op_q    <= instr_i.op;
      bank_q  <= instr_i.bank;
      lora_q  <= token_i.adapter_on && instr_i.drain != DrArgmax;
      ctx_q   <= token_i.ctx;
      base_q  <= 8'(token_i.token * HIDDEN_WORDS);
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
                              : left_q != 0 && op_q == 4'(DDrain);
  assign slot       = drawn_q ? 12'(turn_q) - 12'(Lead + 1) : 12'(index_q);
  assign noises     = drawn_q && 32'(turn_q) > Pause && 32'(turn_q) <= Pause + 32'(steps_q);
  assign noise_slot = 12'(turn_q) - 12'(Pause + 1);

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_ready: assume (!start_i || ready_o);
      m_small: assume (!start_i || (instr_i.engine == EngD && instr_i.op <= 4'(DSample)
                                    && instr_i.n0 != 0 && instr_i.n0 <= 4));
      a_ready: assert (ready_o == (busy_q == 0));
      a_flush: assert (!start_i || flush_o == 24'(works));
      a_steps: assert (embed_o.valid == (left_q != 0 && op_q == 4'(DEmbed))
                       && dr_valid_o == drains
                       && sample_o == (left_q != 0 && op_q == 4'(DSample)));
      a_order: assert (!embed_o.valid || (embed_o.index == 12'(index_q)
                                          && embed_o.addr[7:0] == base_q + 8'(index_q)));
      a_slots: assert (!dr_valid_o || (dr_ctrl_o.bank == bank_q && dr_ctrl_o.slot == slot
                                       && dr_ctrl_o.lora == lora_q && dr_ctrl_o.ctx == ctx_q));
      a_noise: assert (noise_valid_o == noises && (!noises || noise_slot_o == noise_slot));
      a_context: assert (ready_o || job_o.ctx == ctx_q);
      c_drain: cover (job_q && dr_valid_o && left_q == 1 && index_q == 3);
      c_drawn: cover (drawn_q && dr_valid_o && slot == 3);
    end
  end

endmodule
`default_nettype wire
