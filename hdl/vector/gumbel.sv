// Gumbel noise of consecutive vocabulary rows, one a lane: g = -ln(-ln u), u from Threefry.
//
// Interface  row_i (of lane 0) with valid_i; noise_o[ROWS] FP32 with valid_o. seed_i and pos_i, the
//            position of the input token, stay while rows are inside. Nobody waits.
// Latency    GUMBEL_CYCLES (vector_pkg), one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/gumbel.py gumbel
`default_nettype none
module gumbel
  import fp_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [31:0]            seed_i,
  input  wire logic [11:0]            pos_i,
  input  wire logic                   valid_i,
  input  wire logic [31:0]            row_i,
  output logic                        valid_o,
  output logic [ROWS-1:0][31:0]       noise_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "gumbel: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  logic                       word_valid;
  logic [ROWS-1:0][1:0][31:0] counter, word;

  always_comb begin
    for (int unsigned r = 0; r < ROWS; r++) counter[r] = {32'd0, row_i + r};
  end

  threefry #(
    .LANES(ROWS)
  ) u_threefry (
    .clk_i,
    .rst_ni,
    .key_i    ({20'd0, pos_i, seed_i}),
    .valid_i,
    .counter_i(counter),
    .valid_o  (word_valid),
    .word_o   (word)
  );

  // u = (k + 1/2) / 2^23, k the upper 23 bits of word 0: exact.
  logic                  uniform_valid_q;
  logic [ROWS-1:0][31:0] uniform_q;

  always_ff @(posedge clk_i) begin
    uniform_valid_q <= rst_ni && word_valid;
    if (word_valid) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        uniform_q[r] <= fp32_scale(fp32_from_int({8'd0, word[r][0][31:9], 1'b1}), -11'sd24);
      end
    end
  end

  // fp_ln does not look at the sign: ln(u) < 0 enters as it is.
  logic                  log_valid;
  logic [ROWS-1:0][31:0] log, log_log;

  fp_ln #(
    .LANES(ROWS)
  ) u_log (
    .clk_i,
    .rst_ni,
    .valid_i(uniform_valid_q),
    .data_i (uniform_q),
    .valid_o(log_valid),
    .data_o (log)
  );

  fp_ln #(
    .LANES(ROWS)
  ) u_log_log (
    .clk_i,
    .rst_ni,
    .valid_i(log_valid),
    .data_i (log),
    .valid_o,
    .data_o (log_log)
  );

  always_comb begin
    for (int unsigned r = 0; r < ROWS; r++) noise_o[r] = {!log_log[r][31], log_log[r][30:0]};
  end

  // The low bits of a noise word and its second word are not needed.
  logic unused;
  always_comb begin
    unused = 1'b0;
    for (int unsigned r = 0; r < ROWS; r++) unused &= ^{word[r][1], word[r][0][8:0]};
  end

endmodule
`default_nettype wire
