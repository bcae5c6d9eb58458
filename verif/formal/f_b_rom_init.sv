// The two views of b_rom against each other for one content without regularity: that the word array which
// loads itself from CODES gives every bit its place.
`default_nettype none
module f_b_rom_init #(
  parameter int unsigned WIDTH = 4,
  parameter int unsigned DEPTH = 8,
  parameter int unsigned SEED  = 1
) (
  input wire logic        clk_i,
  input wire logic        en_i,
  input wire logic [31:0] addr_i
);

  localparam int unsigned GROUPS = (DEPTH + 3) / 4;
  localparam int unsigned BITS   = GROUPS * WIDTH * 4;

  logic started_q = 1'b0, read_q = 1'b0;

  function automatic logic [BITS-1:0] content();
    logic [31:0] x = SEED;
    for (int unsigned i = 0; i < BITS; i++) begin
      x = x * 32'd1664525 + 32'd1013904223;
      content[i] = x[31];
    end
  endfunction

  logic [WIDTH-1:0] structural, words;
  b_rom #(.WIDTH(WIDTH), .DEPTH(DEPTH), .STRUCTURAL(1'b1), .CODES(content())) u_structural (
    .clk_i, .en_i, .addr_i, .data_o(structural)
  );
  b_rom #(.WIDTH(WIDTH), .DEPTH(DEPTH), .INIT(1'b1), .CODES(content())) u_words (
    .clk_i, .en_i, .addr_i, .data_o(words)
  );

  always_ff @(posedge clk_i) begin
    started_q    <= 1'b1;
    read_q       <= read_q || en_i;
  end

  always_comb begin
    m_address: assume (addr_i < DEPTH);
    a_views: assert (!read_q || structural == words);
    c_ones: cover (read_q && words != 0);
  end

endmodule
`default_nettype wire
