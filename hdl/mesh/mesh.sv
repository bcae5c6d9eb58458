// The mesh between the vector row and the matrix units: broadcast and control outwards, gather and
// reductions inwards, and the score maximum back out. Distances are registers, HOPS of them between
// a vector unit and its matrix units and HOPS along the row.
//
// Interface  Outwards: bc_*, l_*, h_*, dr_* leave HOPS cycles after they came, once for all units.
//            Inwards: ga_* (drains) and lt_* (LoRA's t), one FP32 a unit each, and rd_* (ROWS FP32 a
//            unit) of all units in lockstep, all three in the same cycle if need be.
//            Nobody waits; golden/SPEC.md chapter 5 fixes every cycle. Beats keep their context.
// Latency    drain_*: HOPS. t_*: 2*HOPS + LC. red_*: 2*HOPS + LR + LK. gmax: 3*HOPS + LR + LK.
//            ss_total: HOPS + LC. One beat a cycle each. (LC, LR, LK = ceil(log2) of COLUMNS, ROWS, CPK)
// Formats    FP32; reductions in the order of pair_tree.
// Parameters hdl/README.md: COLUMNS >= 1; ROWS a power of two >= 2; HOPS >= 1; CPK a power of two that
//            divides COLUMNS; Q_PER_KV <= ROWS.
// Golden     golden/mesh.py
`default_nettype none
module mesh
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS  = 2,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned HOPS     = 1,
  parameter int unsigned CPK      = 1,
  parameter int unsigned Q_PER_KV = 1
) (
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  // Vector row and engines -> matrix units
  input  wire logic                                bc_valid_i,
  input  wire ctx_t                                bc_ctx_i,
  input  wire dest_e                               bc_dest_i,
  input  wire logic [11:0]                         bc_blk_i,
  input  wire logic [11:0]                         bc_word_i,
  input  wire logic                                bc_last_i,
  input  wire logic [31:0]                         bc_addr_i,
  input  wire logic [11:0]                         bc_member_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][7:0]   bc_data_i,
  input  wire logic [COLUMNS-1:0][7:0]             bc_exp_i,
  input  wire logic [COLUMNS-1:0][15:0]            bc_sum_i,
  output logic                                     bc_valid_o,
  output ctx_t                                     bc_ctx_o,
  output dest_e                                    bc_dest_o,
  output logic [11:0]                              bc_blk_o,
  output logic [11:0]                              bc_word_o,
  output logic                                     bc_last_o,
  output logic [31:0]                              bc_addr_o,
  output logic [11:0]                              bc_member_o,
  output logic [COLUMNS-1:0][ROWS-1:0][7:0]        bc_data_o,
  output logic [COLUMNS-1:0][7:0]                  bc_exp_o,
  output logic [COLUMNS-1:0][15:0]                 bc_sum_o,
  input  wire logic                                l_valid_i,
  input  wire l_ctrl_t                             l_ctrl_i,
  output logic                                     l_valid_o,
  output l_ctrl_t                                  l_ctrl_o,
  input  wire logic                                h_valid_i,
  input  wire h_ctrl_t                             h_ctrl_i,
  output logic                                     h_valid_o,
  output h_ctrl_t                                  h_ctrl_o,
  input  wire logic                                dr_valid_i,
  input  wire drain_ctrl_t                         dr_ctrl_i,
  output logic                                     dr_valid_o,
  output drain_ctrl_t                              dr_ctrl_o,
  output logic                                     gmax_valid_o,
  output logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0]   gmax_o,
  // Matrix units -> vector row
  input  wire logic                                ga_valid_i,
  input  wire logic [11:0]                         ga_slot_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][31:0]  ga_data_i,
  input  wire logic                                lt_valid_i,
  input  wire ctx_t                                lt_ctx_i,
  input  wire logic [11:0]                         lt_slot_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][31:0]  lt_data_i,
  input  wire logic                                rd_valid_i,
  input  wire ctx_t                                rd_ctx_i,
  input  wire reduce_e                             rd_kind_i,
  input  wire logic [11:0]                         rd_slot_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][ROWS-1:0][31:0] rd_data_i,
  output logic                                     drain_valid_o,
  output logic [11:0]                              drain_slot_o,
  output logic [COLUMNS-1:0][ROWS-1:0][31:0]       drain_data_o,
  output logic                                     t_valid_o,
  output ctx_t                                     t_ctx_o,
  output logic [11:0]                              t_slot_o,
  output logic [ROWS-1:0][31:0]                    t_data_o,
  output logic                                     red_valid_o,
  output ctx_t                                     red_ctx_o,
  output reduce_e                                  red_kind_o,
  output logic [11:0]                              red_slot_o,
  output logic [COLUMNS-1:0][ROWS-1:0][31:0]       red_data_o,
  // Sum of squares: columns in, total out
  input  wire logic                                ss_valid_i,
  input  wire logic [COLUMNS-1:0][31:0]            ss_i,
  output logic                                     ss_total_valid_o,
  output logic [31:0]                              ss_total_o
);

  if (HOPS < 1) begin : gen_bad_hops
    $fatal(1, "mesh: HOPS is %0d, legal: >= 1", HOPS);
  end
  if (Q_PER_KV < 1 || Q_PER_KV > ROWS) begin : gen_bad_heads
    $fatal(1, "mesh: Q_PER_KV is %0d, legal: 1 to ROWS (%0d)", Q_PER_KV, ROWS);
  end

  localparam int unsigned LC = $clog2(COLUMNS);
  localparam int unsigned LR = $clog2(ROWS);
  localparam int unsigned LK = $clog2(CPK);

  // ---- Outwards ----------------------------------------------------------------------------------
  pipe #(
    .WIDTH ($bits(ctx_t) + $bits(dest_e) + 12 + 12 + 1 + 32 + 12 + COLUMNS * (ROWS * 8 + 8 + 16)),
    .STAGES(HOPS)
  ) u_broadcast (
    .clk_i,
    .rst_ni,
    .valid_i(bc_valid_i),
    .data_i ({bc_ctx_i, bc_dest_i, bc_blk_i, bc_word_i, bc_last_i, bc_addr_i, bc_member_i,
              bc_data_i, bc_exp_i, bc_sum_i}),
    .valid_o(bc_valid_o),
    .data_o ({bc_ctx_o, bc_dest_o, bc_blk_o, bc_word_o, bc_last_o, bc_addr_o, bc_member_o,
              bc_data_o, bc_exp_o, bc_sum_o})
  );

  pipe #(.WIDTH($bits(l_ctrl_t)), .STAGES(HOPS)) u_l_ctrl (
    .clk_i, .rst_ni,
    .valid_i(l_valid_i), .data_i(l_ctrl_i), .valid_o(l_valid_o), .data_o(l_ctrl_o)
  );
  pipe #(.WIDTH($bits(h_ctrl_t)), .STAGES(HOPS)) u_h_ctrl (
    .clk_i, .rst_ni,
    .valid_i(h_valid_i), .data_i(h_ctrl_i), .valid_o(h_valid_o), .data_o(h_ctrl_o)
  );
  pipe #(.WIDTH($bits(drain_ctrl_t)), .STAGES(HOPS)) u_dr_ctrl (
    .clk_i, .rst_ni,
    .valid_i(dr_valid_i), .data_i(dr_ctrl_i), .valid_o(dr_valid_o), .data_o(dr_ctrl_o)
  );

  // ---- Gather: drained results to their columns --------------------------------------------------
  pipe #(.WIDTH(12 + COLUMNS * ROWS * 32), .STAGES(HOPS)) u_gather (
    .clk_i, .rst_ni,
    .valid_i(ga_valid_i), .data_i({ga_slot_i, ga_data_i}),
    .valid_o(drain_valid_o), .data_o({drain_slot_o, drain_data_o})
  );

  // ---- Row: t and the sum of squares over all columns --------------------------------------------
  logic                               t_valid, ss_valid;
  logic [COLUMNS-1:0][ROWS-1:0][31:0] t_row;
  logic [COLUMNS-1:0][0:0][31:0]      ss_row;

  // To the column's vector unit, then along the row.
  pipe #(.WIDTH(COLUMNS * ROWS * 32), .STAGES(2 * HOPS)) u_t_hops (
    .clk_i, .rst_ni,
    .valid_i(lt_valid_i), .data_i(lt_data_i), .valid_o(t_valid), .data_o(t_row)
  );
  pair_tree #(.N(COLUMNS), .LANES(ROWS)) u_t_tree (
    .clk_i, .rst_ni,
    .valid_i(t_valid), .data_i(t_row), .valid_o(t_valid_o), .data_o(t_data_o)
  );
  logic t_tag_valid;
  pipe #(.WIDTH($bits(ctx_t) + 12), .STAGES(2 * HOPS + LC)) u_t_tag (
    .clk_i, .rst_ni,
    .valid_i(lt_valid_i), .data_i({lt_ctx_i, lt_slot_i}),
    .valid_o(t_tag_valid), .data_o({t_ctx_o, t_slot_o})
  );

  pipe #(.WIDTH(COLUMNS * 32), .STAGES(HOPS)) u_ss_hops (
    .clk_i, .rst_ni,
    .valid_i(ss_valid_i), .data_i(ss_i), .valid_o(ss_valid), .data_o(ss_row)
  );
  pair_tree #(.N(COLUMNS), .LANES(1)) u_ss_tree (
    .clk_i, .rst_ni,
    .valid_i(ss_valid), .data_i(ss_row), .valid_o(ss_total_valid_o), .data_o(ss_total_o)
  );

  // ---- Groups: sums and contexts, maxima -----------------------------------------------------------
  logic                                                     rd_valid;
  ctx_t                                                     rd_ctx;
  reduce_e                                                  rd_kind;
  logic [11:0]                                              rd_slot;
  logic [COLUMNS-1:0][ROWS-1:0][ROWS-1:0][31:0]             rd_data;
  logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][31:0]         rd_max;
  logic                                                     max_valid;
  logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0]                   max_data;
  logic                                                     red_tag_valid;

  pipe #(
    .WIDTH ($bits(ctx_t) + $bits(reduce_e) + 12 + COLUMNS * ROWS * ROWS * 32),
    .STAGES(HOPS)
  ) u_reduce (
    .clk_i, .rst_ni,
    .valid_i(rd_valid_i), .data_i({rd_ctx_i, rd_kind_i, rd_slot_i, rd_data_i}),
    .valid_o(rd_valid), .data_o({rd_ctx, rd_kind, rd_slot, rd_data})
  );

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_column
    for (genvar r = 0; r < ROWS; r++) begin : gen_unit
      assign rd_max[c][r] = rd_data[c][r][Q_PER_KV-1:0];
    end
  end

  group_reduce #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .LANES(ROWS), .HOPS(HOPS), .MAXIMUM(0)
  ) u_sums (
    .clk_i, .rst_ni,
    .valid_i(rd_valid && rd_kind != RdMax), .data_i(rd_data),
    .valid_o(red_valid_o), .data_o(red_data_o)
  );
  pipe #(.WIDTH($bits(ctx_t) + $bits(reduce_e) + 12), .STAGES(LR + HOPS + LK)) u_red_tag (
    .clk_i, .rst_ni,
    .valid_i(rd_valid && rd_kind != RdMax), .data_i({rd_ctx, rd_kind, rd_slot}),
    .valid_o(red_tag_valid), .data_o({red_ctx_o, red_kind_o, red_slot_o})
  );

  group_reduce #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .LANES(Q_PER_KV), .HOPS(HOPS), .MAXIMUM(1)
  ) u_maxima (
    .clk_i, .rst_ni,
    .valid_i(rd_valid && rd_kind == RdMax), .data_i(rd_max),
    .valid_o(max_valid), .data_o(max_data)
  );
  pipe #(.WIDTH(COLUMNS * Q_PER_KV * 32), .STAGES(HOPS)) u_max_back (
    .clk_i, .rst_ni,
    .valid_i(max_valid), .data_i(max_data), .valid_o(gmax_valid_o), .data_o(gmax_o)
  );

`ifndef SYNTHESIS
  a_t_tag: assert property (@(posedge clk_i) disable iff (!rst_ni) t_tag_valid == t_valid_o);
  a_red_tag: assert property (@(posedge clk_i) disable iff (!rst_ni) red_tag_valid == red_valid_o);
`endif

endmodule
`default_nettype wire
