// MXINT8 block quantiser: FP32 words in, mantissas and the shared exponent of the block out.
//
// Interface: a block is 1 to MAX_BLOCK / LANES words, its last one marked by last_i; there may be
// gaps between them. Its mantissas leave one word a cycle without gaps, the first MXQ_LATENCY
// cycles after the block's last input word: a block of W words that arrive in cycles t to t + W - 1
// leaves from cycle t + W - 1 + MXQ_LATENCY on. exp_o (exponent field of the largest magnitude, 0
// for a block of zeros) holds for every word, sum_o (sum of all mantissas) only with last_o.
// Nobody waits. The last word of a block comes at least as many cycles after the last word of its
// predecessor as that has words: at once if the next block is not shorter, later if it is.
// Values: FP32 in, signed 8-bit mantissas out. Legal: LANES >= 1, MAX_BLOCK a multiple of LANES up
// to 256 (sum_o has 16 bits). Golden twin: mx_quantise, mx_sums of golden/formats.py.
`default_nettype none
module mx_quant
  import fp_pkg::*;
#(
  parameter int unsigned LANES     = 4,
  parameter int unsigned MAX_BLOCK = 32
) (
  input  wire                    clk_i,
  input  wire                    rst_ni,
  input  wire                    valid_i,
  input  wire                    last_i,
  input  wire  [LANES-1:0][31:0] data_i,
  output logic                   valid_o,
  output logic                   last_o,
  output logic [LANES-1:0][7:0]  data_o,
  output logic [7:0]             exp_o,
  output logic [15:0]            sum_o
);

  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "mx_quant: LANES is %0d, legal: 1 or more", LANES);
  end
  if (MAX_BLOCK < LANES || MAX_BLOCK > 256 || MAX_BLOCK % LANES != 0) begin : gen_bad_block
    $fatal(1, "mx_quant: MAX_BLOCK is %0d, legal: a multiple of LANES (%0d), up to 256", MAX_BLOCK,
           LANES);
  end

  localparam int unsigned Words = MAX_BLOCK / LANES;
  localparam int unsigned PtrW  = Words > 1 ? $clog2(Words) : 1;

  // One ring for both blocks: a word that leaves makes room for a word of the next block, which is
  // written at the end of the same cycle.
  logic [LANES-1:0][31:0] ring [Words];
  logic [PtrW-1:0]        wr_q, rd_q, end_q;  // end_q: last word of the block that leaves
  logic [7:0]             top, top_q;         // largest exponent field of the block so far
  logic                   open_q;             // a block is being collected
  logic                   drain_q;            // a block leaves
  logic [7:0]             exp_q;
  logic                   first_q;
  logic [LANES-1:0][7:0]  mantissa;
  logic signed [15:0]     word_sum;

  function automatic logic [PtrW-1:0] next(logic [PtrW-1:0] ptr);
    return ptr == PtrW'(Words - 1) ? '0 : ptr + 1'b1;
  endfunction

  always_comb begin
    top = open_q ? top_q : '0;
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (data_i[l][30:23] > top) top = data_i[l][30:23];
      end
    end
  end

  always_comb begin
    mantissa = '0;
    word_sum = first_q ? '0 : signed'(sum_o);
    if (drain_q) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        mantissa[l] = mx_mantissa(ring[rd_q][l], exp_q);
        word_sum = word_sum + 16'(signed'(mantissa[l]));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wr_q    <= '0;
      rd_q    <= '0;
      open_q  <= 1'b0;
      drain_q <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      valid_o <= drain_q;
      if (drain_q) begin
        rd_q    <= next(rd_q);
        drain_q <= rd_q != end_q;
      end
      if (valid_i) begin
        wr_q   <= next(wr_q);
        open_q <= !last_i;
        if (last_i) drain_q <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (drain_q) begin
      data_o  <= mantissa;
      exp_o   <= exp_q;
      sum_o   <= word_sum;
      last_o  <= rd_q == end_q;
      first_q <= 1'b0;
    end
    if (valid_i) begin
      ring[wr_q] <= data_i;
      top_q      <= top;
      if (last_i) begin
        end_q   <= wr_q;
        exp_q   <= top;
        first_q <= 1'b1;
      end
    end
  end

`ifndef SYNTHESIS
  logic        live_q;   // a reset has been seen
  logic [31:0] words_q;  // of the block that is being collected
  initial live_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) live_q <= 1'b1;
    if (!rst_ni) words_q <= '0;
    else if (valid_i) words_q <= last_i ? '0 : words_q + 1;
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni || !live_q) valid_i |-> words_q < Words)
  else $error("mx_quant: a block has more than %0d words", Words);
  assert property (@(posedge clk_i) disable iff (!rst_ni || !live_q)
                   valid_i && last_i && drain_q |-> rd_q == end_q)
  else $error("mx_quant: a block ends before its longer predecessor has left");
`endif

endmodule
`default_nettype wire
