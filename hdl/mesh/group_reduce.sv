// Reduction over the matrix units that share a KV head: the R units of each column by a tree, hop
// registers along the row, then the CPK columns of each group by a tree. Every column of a group
// gets the group's result.
//
// Interface  valid_i with data_i [column][unit][lane] (all units in lockstep); the beat leaves
//            LATENCY cycles later. Nobody waits.
// Latency    ceil(log2 ROWS) + HOPS + ceil(log2 CPK), one beat a cycle.
// Formats    FP32.
// Parameters COLUMNS >= 1; ROWS >= 2; CPK a power of two that divides COLUMNS; LANES >= 1; HOPS >= 1;
//            MAXIMUM 0 = sum, 1 = maximum.
// Golden     golden/attention.py (sum, context and maximum over a group)
`default_nettype none
module group_reduce #(
  parameter int unsigned COLUMNS = 2,
  parameter int unsigned ROWS    = 2,
  parameter int unsigned CPK     = 1,
  parameter int unsigned LANES   = 2,
  parameter int unsigned HOPS    = 1,
  parameter int unsigned MAXIMUM = 0
) (
  input  wire logic                                          clk_i,
  input  wire logic                                          rst_ni,
  input  wire logic                                          valid_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][LANES-1:0][31:0] data_i,
  output logic                                               valid_o,
  output logic [COLUMNS-1:0][LANES-1:0][31:0]                data_o
);

  if (CPK < 1 || (CPK & (CPK - 1)) != 0 || COLUMNS % CPK != 0) begin : gen_bad_cpk
    $fatal(1, "group_reduce: CPK is %0d, legal: a power of two that divides COLUMNS (%0d)",
           CPK, COLUMNS);
  end

  logic [COLUMNS-1:0]                  column_valid;
  logic [COLUMNS-1:0][LANES-1:0][31:0] column;
  logic                                row_valid;
  logic [COLUMNS-1:0][LANES-1:0][31:0] row;
  logic [COLUMNS/CPK-1:0]              group_valid;

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_column
    pair_tree #(
      .N      (ROWS),
      .LANES  (LANES),
      .MAXIMUM(MAXIMUM)
    ) u_units (
      .clk_i,
      .rst_ni,
      .valid_i,
      .data_i (data_i[c]),
      .valid_o(column_valid[c]),
      .data_o (column[c])
    );
  end

  pipe #(
    .WIDTH (COLUMNS * LANES * 32),
    .STAGES(HOPS)
  ) u_hops (
    .clk_i,
    .rst_ni,
    .valid_i(column_valid[0]),
    .data_i (column),
    .valid_o(row_valid),
    .data_o (row)
  );

  for (genvar g = 0; g < COLUMNS / CPK; g++) begin : gen_group
    logic [LANES-1:0][31:0] total;

    pair_tree #(
      .N      (CPK),
      .LANES  (LANES),
      .MAXIMUM(MAXIMUM)
    ) u_columns (
      .clk_i,
      .rst_ni,
      .valid_i(row_valid),
      .data_i (row[g*CPK+:CPK]),
      .valid_o(group_valid[g]),
      .data_o (total)
    );

    for (genvar a = 0; a < CPK; a++) begin : gen_copy
      assign data_o[g*CPK+a] = total;
    end
  end

  assign valid_o = group_valid[0];

`ifndef SYNTHESIS
  a_columns_in_step: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      column_valid == {COLUMNS{column_valid[0]}});
  a_groups_in_step: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                     group_valid == {(COLUMNS / CPK) {group_valid[0]}});
`endif

endmodule
`default_nettype wire
