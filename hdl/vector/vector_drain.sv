// The way of a DRAIN inside one column: residual, then the vector memory, or temperature and argmax.
//
// Interface  data_i[ROWS] FP32 of slot_i with valid_i; x_i is the vector memory word dst_i + slot_i one
//            cycle later (residual). mode_i, rinv_en_i, dst_i, row_i stay until the last word has left.
//            valid_o with addr_o, data_o is the write of the vector memory (not for the argmax).
//            The word of slot s has the vocabulary rows row_i + s*ROWS + lane + col_i*VOCAB_ROWS; slot 0
//            of row 0 begins a new search. With draw_en_i noise_slot_i comes with noise_valid_i as many
//            cycles before its word that the noise is there with the scaled logits: GUMBEL_CYCLES - 2
//            cycles before valid_i. noise_seed_i, pos_i, inv_temperature_i stay. Nobody waits.
// Latency    2 cycles to the write, 6 until best_o holds the result. One word a cycle.
// Parameters ROWS a power of two, 2 to 64; VOCAB_ROWS >= 1 rows of the padded vocabulary a column.
// Golden     golden/formats.py, golden/gumbel.py, golden/argmax.py
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
  input  wire logic                   draw_en_i,
  input  wire logic [31:0]            inv_temperature_i,
  input  wire logic [31:0]            noise_seed_i,
  input  wire logic [11:0]            pos_i,
  input  wire drain_e                 mode_i,
  input  wire logic                   rinv_en_i,
  input  wire logic [11:0]            dst_i,
  input  wire logic [31:0]            row_i,
  input  wire logic                   valid_i,
  input  wire logic [11:0]            slot_i,
  input  wire logic [ROWS-1:0][31:0]  data_i,
  input  wire logic [ROWS-1:0][31:0]  x_i,
  input  wire logic [31:0]            rinv_i,
  input  wire logic                   noise_valid_i,
  input  wire logic [11:0]            noise_slot_i,
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

  // First vocabulary row of a slot in this column.
  function automatic logic [31:0] row_of(input logic [11:0] slot, input logic [31:0] row,
                                         input logic [7:0] col);
    return row + 32'(slot) * ROWS + 32'(col) * VOCAB_ROWS;
  endfunction

  // Noise of the slots to come.
  logic                  noise_start_q, noise_valid;
  logic [31:0]           noise_row_q;
  logic [ROWS-1:0][31:0] noise;

  always_ff @(posedge clk_i) begin
    noise_start_q <= rst_ni && noise_valid_i;
    if (noise_valid_i) noise_row_q <= row_of(noise_slot_i, row_i, col_i);
  end

  gumbel #(
    .ROWS(ROWS)
  ) u_gumbel (
    .clk_i,
    .rst_ni,
    .seed_i (noise_seed_i),
    .pos_i,
    .valid_i(noise_start_q),
    .row_i  (noise_row_q),
    .valid_o(noise_valid),
    .noise_o(noise)
  );

  logic                  logit_valid, value_valid;
  logic [ROWS-1:0][31:0] value;
  assign logit_valid = result_valid && mode_i == DrArgmax;

  temperature #(
    .ROWS(ROWS)
  ) u_temperature (
    .clk_i,
    .rst_ni,
    .draw_en_i,
    .inv_temperature_i,
    .valid_i(logit_valid),
    .value_i(data_o),
    .noise_i(noise),
    .valid_o(value_valid),
    .value_o(value)
  );

  // The slot travels beside its word: scaled by 1/rms, result, scaled by 1/T, value.
  logic        scaled_valid_q, tempered_valid_q;
  logic [11:0] scaled_slot_q;
  logic        restart_q, restart2_q, restart3_q;
  logic [31:0] row_q, row2_q, row3_q;

  always_ff @(posedge clk_i) begin
    scaled_valid_q   <= valid_i;
    tempered_valid_q <= rst_ni && logit_valid;
    if (valid_i) scaled_slot_q <= slot_i;
    if (scaled_valid_q) begin
      addr_o    <= dst_i + scaled_slot_q;
      restart_q <= row_i == '0 && scaled_slot_q == '0;
      row_q     <= row_of(scaled_slot_q, row_i, col_i);
    end
    if (logit_valid) begin
      restart2_q <= restart_q;
      row2_q     <= row_q;
    end
    if (tempered_valid_q) begin
      restart3_q <= restart2_q;
      row3_q     <= row2_q;
    end
  end

  argmax #(
    .ROWS(ROWS)
  ) u_argmax (
    .clk_i,
    .rst_ni,
    .vocab_size_i,
    .valid_i  (value_valid),
    .restart_i(restart3_q),
    .row_i    (row3_q),
    .value_i  (value),
    .best_o
  );

`ifndef SYNTHESIS
  a_noise_meets_logits: assert property (@(posedge clk_i) disable iff (!rst_ni)
    noise_valid == (tempered_valid_q && draw_en_i));
`else
  logic unused;
  assign unused = noise_valid;
`endif

endmodule
`default_nettype wire
