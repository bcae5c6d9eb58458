// Control of the sends: the loop of SEND, and how long it works. It moves no data; all columns follow
// its step bundle in lockstep.
//
// Interface  start_i for one cycle (t0) with instr_i and token_i while ready_o. Step i is on step_o in
//            cycle t0 + 1 + i; job_o stays until the next start, when the last word has left the row.
//            flush_o is D of the operation that stands on instr_i, norm_flush_o that of the rinv unit
//            if it is a NORM send; both without a register. ready_o is low for t0+1 … t0+O-1,
//            kv_busy_o high for t0+1 … t0+D of a SEND to K or V. norm_start_o marks the start of a
//            NORM send.
// Latency    golden/SPEC.md chapter 5, S.SEND and rinv.
// Parameters COLUMNS 1 to 64; ROWS a power of two, 2 to 64; HOPS 1 to 8; CPK a power of two up to
//            COLUMNS; HEAD_DIM a multiple of ROWS.
// Golden     golden/timing.py Timing.duration, golden/engines.py send_steps
`default_nettype none
module send_engine
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS  = 2,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned HOPS     = 1,
  parameter int unsigned HEAD_DIM = 8,
  parameter int unsigned CPK      = 1
) (
  input  wire logic    clk_i,
  input  wire logic    rst_ni,
  // Issue port
  input  wire logic    start_i,
  input  wire instr_t  instr_i,
  input  wire token_t  token_i,
  output logic         ready_o,
  output logic [23:0]  flush_o,
  output logic [23:0]  norm_flush_o,
  output logic         kv_busy_o,
  // Bundles
  output send_job_t    job_o,
  output send_step_t   step_o,
  output logic         norm_start_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "send_engine: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "send_engine: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "send_engine: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (HEAD_DIM < ROWS || HEAD_DIM % ROWS != 0) begin : gen_bad_head
    $fatal(1, "send_engine: HEAD_DIM is %0d, legal: a multiple of ROWS (%0d)", HEAD_DIM, ROWS);
  end
  if (CPK < 1 || CPK > COLUMNS || (CPK & (CPK - 1)) != 0) begin : gen_bad_cpk
    $fatal(1, "send_engine: CPK is %0d, legal: a power of two up to COLUMNS (%0d)", CPK, COLUMNS);
  end

  localparam int unsigned LanesLevels   = $clog2(ROWS);
  localparam int unsigned ColumnsLevels = $clog2(COLUMNS);

  // From a NORM send's issue plus its words to the write of 1/rms: lane products and accumulators,
  // the lanes' tree, the way to the columns' tree and through it, mean, eps, root, the way back.
  localparam int unsigned NormTail = 3 + LanesLevels + HOPS + ColumnsLevels + 2
                                     + fp_pkg::RSQRT_LATENCY + HOPS;

  // Cycles in which the words of a SEND leave the row, and in which it works.
  logic        to_kv;
  logic [13:0] transform_cycles, leaves, works;
  assign to_kv = instr_i.dest == DstK || instr_i.dest == DstV;

  always_comb begin
    unique case (instr_i.transform)
      TrNorm, TrInv: transform_cycles = 14'd1;
      TrRope:        transform_cycles = 14'd2;
      TrSilu:        transform_cycles = 14'(fp_pkg::SIGMOID_LATENCY + 2);
      default:       transform_cycles = 14'd0;
    endcase
  end
  assign leaves = 14'(instr_i.n0) + transform_cycles + 14'(instr_i.n1) + 14'(fp_pkg::MXQ_LATENCY);
  assign works  = leaves + 14'(HOPS + 1) + (to_kv ? 14'(CPK) : 14'd0);

  assign flush_o      = 24'(works);
  assign norm_flush_o = 24'(instr_i.n0) + 24'(NormTail);
  assign norm_start_o = start_i && instr_i.transform == TrNorm;

  // Cycles left until ready; until no word of K or V is under way.
  logic [13:0] busy_left_q, kv_left_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_o     <= 1'b1;
      busy_left_q <= '0;
    end else if (start_i) begin
      ready_o     <= 1'b0;
      busy_left_q <= leaves;
    end else if (!ready_o) begin
      busy_left_q <= busy_left_q - 1'b1;
      ready_o     <= busy_left_q == 14'd1;
    end
    if (!rst_ni) begin
      kv_busy_o <= 1'b0;
      kv_left_q <= '0;
    end else if (start_i && to_kv) begin
      kv_busy_o <= 1'b1;
      kv_left_q <= works;
    end else if (kv_busy_o) begin
      kv_left_q <= kv_left_q - 1'b1;
      kv_busy_o <= kv_left_q != 14'd1;
    end
    if (start_i) begin
      job_o <= '{
        ctx:       token_i.ctx,
        transform: instr_i.transform,
        k_rope:    instr_i.k_rope,
        last_word: instr_i.n1 - 1'b1,
        rope_base: 32'(token_i.pos.pos) * (HEAD_DIM / ROWS)
      };
    end
  end

  // The loop: the first step from instr_i, the following ones from the step before.
  logic [11:0] left_q, index_q, data_words_q;
  send_step_t  step_q;
  logic        more;
  assign more = step_q.valid && left_q != 12'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q.valid <= 1'b0;
    end else if (start_i) begin
      step_q.valid <= 1'b1;
    end else if (!more) begin
      step_q.valid <= 1'b0;
    end
    if (start_i) begin
      left_q       <= instr_i.n0;
      data_words_q <= instr_i.n2;
      index_q      <= '0;
      step_q.first <= 1'b1;
      step_q.last  <= instr_i.n0 == 12'd1;
      step_q.zero  <= instr_i.n2 == '0;
      step_q.addr  <= instr_i.addr0;
      step_q.addr2 <= instr_i.addr1;
    end else if (more) begin
      left_q       <= left_q - 1'b1;
      index_q      <= index_q + 1'b1;
      step_q.first <= 1'b0;
      step_q.last  <= left_q == 12'd2;
      step_q.zero  <= index_q + 1'b1 >= data_words_q;
      step_q.addr  <= step_q.addr + 1'b1;
      step_q.addr2 <= step_q.addr2 + 1'b1;
    end
  end
  assign step_o = step_q;

`ifndef SYNTHESIS
  a_ready: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> ready_o);
  a_engine: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> instr_i.engine == EngS && instr_i.op == '0);
  a_steps: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> instr_i.n0 != '0);
  a_whole_blocks: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> instr_i.n1 != '0 && instr_i.n0 % instr_i.n1 == '0);
`endif

endmodule
`default_nettype wire
