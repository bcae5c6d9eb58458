// The way of a DRAIN inside one column: residual, then the vector memory or the argmax.
//
// Interface  data_i[ROWS] FP32 of slot_i with valid_i; x_i is the vector memory word dst_i + slot_i one
//            cycle later (residual). mode_i, rinv_en_i, dst_i, row_i stay until the last word has left.
//            valid_o with addr_o, data_o is the write of the vector memory (not for the argmax).
//            The word of slot s has the vocabulary rows row_i + s*ROWS + lane + col_i*VOCAB_ROWS; slot 0
//            of row 0 begins a new search. Nobody waits.
// Latency    2 cycles to the write, 4 until best_o holds the result. One word a cycle.
// Parameters ROWS a power of two, 2 to 64; VOCAB_ROWS >= 1 rows of the padded vocabulary a column.
// Golden     golden/formats.py, golden/argmax.py
`default_nettype none
module vector_drain
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned ROWS       = 2,
  parameter int unsigned VOCAB_ROWS = 4
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [7:0]             col_i,
  input  wire logic [31:0]            vocab_size_i,
  input  wire drain_e                 mode_i,
  input  wire logic                   rinv_en_i,
  input  wire logic [11:0]            dst_i,
  input  wire logic [31:0]            row_i,
  input  wire logic                   valid_i,
  input  wire logic [11:0]            slot_i,
  input  wire logic [ROWS-1:0][31:0]  data_i,
  input  wire logic [ROWS-1:0][31:0]  x_i,
  input  wire logic [31:0]            rinv_i,
  output logic                        valid_o,
  output logic [11:0]                 addr_o,
  output logic [ROWS-1:0][31:0]       data_o,
  output best_t                       best_o
);

  if (VOCAB_ROWS < 1) begin : gen_bad_vocab
    $fatal(1, "vector_drain: VOCAB_ROWS is %0d, legal: >= 1", VOCAB_ROWS);
  end

  logic result_valid;

  residual #(
    .ROWS(ROWS)
  ) u_residual (
    .clk_i,
    .rst_ni,
    .valid_i,
    .rinv_en_i,
    .add_en_i (mode_i == DrResidual),
    .rinv_i,
    .y_i      (data_i),
    .x_i,
    .valid_o  (result_valid),
    .data_o
  );
  assign valid_o = result_valid && mode_i != DrArgmax;

  // The slot travels beside its word.
  logic        scaled_valid_q, restart_q;
  logic [11:0] scaled_slot_q;
  logic [31:0] row_q;

  always_ff @(posedge clk_i) begin
    scaled_valid_q <= valid_i;
    if (valid_i) scaled_slot_q <= slot_i;
    if (scaled_valid_q) begin
      addr_o    <= dst_i + scaled_slot_q;
      restart_q <= row_i == '0 && scaled_slot_q == '0;
      row_q     <= row_i + 32'(scaled_slot_q) * ROWS + 32'(col_i) * VOCAB_ROWS;
    end
  end

  argmax #(
    .ROWS(ROWS)
  ) u_argmax (
    .clk_i,
    .rst_ni,
    .vocab_size_i,
    .valid_i  (result_valid && mode_i == DrArgmax),
    .restart_i(restart_q),
    .row_i    (row_q),
    .value_i  (data_o),
    .best_o
  );

endmodule
`default_nettype wire
