// The two views of b_rom against each other, for all contents: codes are any constant (an input of the
// rewritten module, taken in the first cycle), the word array holds the words that they mean.
`default_nettype none
module f_b_rom #(
  parameter int unsigned WIDTH = 4,
  parameter int unsigned DEPTH = 8
) (
  input wire logic        clk_i,
  input wire logic        en_i,
  input wire logic [31:0] addr_i,
  input wire logic [(DEPTH+3)/4*WIDTH*4-1:0] codes_i
);

  localparam int unsigned GROUPS = (DEPTH + 3) / 4;
  localparam int unsigned BITS   = GROUPS * WIDTH * 4;

  logic started_q = 1'b0, read_q = 1'b0, again_q = 1'b0;
  logic [WIDTH-1:0] structural_q, words_q;

  logic [BITS-1:0]  codes_q, codes;
  logic [WIDTH-1:0] structural, words;
  assign codes = started_q ? codes_q : codes_i;
  always_ff @(posedge clk_i) if (!started_q) codes_q <= codes_i;

  b_rom #(.WIDTH(WIDTH), .DEPTH(DEPTH), .STRUCTURAL(1'b1)) u_structural (
    .CODES(codes), .clk_i, .en_i, .addr_i, .data_o(structural)
  );
  b_rom #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_words (
    .CODES(4'd0), .clk_i, .en_i, .addr_i, .data_o(words)
  );

  always_ff @(posedge clk_i) begin
    started_q    <= 1'b1;
    read_q       <= read_q || en_i;
    again_q      <= !en_i;
    structural_q <= structural;
    words_q      <= words;
  end

  always_comb begin
    m_address: assume (addr_i < DEPTH);
    a_views: assert (!read_q || structural == words);
    a_structural_holds: assert (!(read_q && again_q) || structural == structural_q);
    a_behavioural_holds: assert (!(read_q && again_q) || words == words_q);
    c_ones: cover (read_q && words == '1);
  end

  // Bit w of word a is bit a%4 of the nibble of group a/4 and column w.
  for (genvar a = 0; a < DEPTH; a++) begin : gen_word
    for (genvar w = 0; w < WIDTH; w++) begin : gen_bit
      always_comb m_content: assume (u_words.mem[a][w] == codes[(a / 4 * WIDTH + w) * 4 + a % 4]);
    end
  end

endmodule
`default_nettype wire
