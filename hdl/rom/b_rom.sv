// Block ROM: four stored bits a transistor. Word addresses are grouped by four; of the two low
// address bits only 16 functions exist, the candidate lines, made once for the whole macro. One bit
// column of one group is a connection to one of them: its code, the nibble {bit at address 3, 2, 1,
// 0}.
//
// Two views of one content. STRUCTURAL = 1: candidate lines and codes, what is synthesised, proved
// and counted. STRUCTURAL = 0: the word array `mem`, what large simulations run; it is loaded
// through the hierarchy like rom.sv, or set from CODES with INIT = 1.
//
// Interface  en_i with addr_i: data_o holds the word from the next cycle on, until the next read.
//            Nobody waits.
// Latency    1 cycle, one word a cycle.
// Parameters WIDTH >= 1; DEPTH >= 1, the last group may be cut short; CODES: the nibble of group g
//            and column w in bits (g*WIDTH + w)*4 +: 4.
// Golden     golden/burn.py brom_codes.
`default_nettype none
module b_rom #(
  parameter int unsigned WIDTH      = 8,
  parameter int unsigned DEPTH      = 4,
  parameter bit          STRUCTURAL = 1'b0,
  parameter bit          INIT       = STRUCTURAL,
  localparam int unsigned GROUPS    = (DEPTH + 3) / 4,
  localparam int unsigned CODE_BITS = INIT ? GROUPS * WIDTH * 4 : 4,
  parameter logic [CODE_BITS-1:0] CODES = '0
) (
  input  wire logic        clk_i,
  input  wire logic        en_i,
  input  wire logic [31:0] addr_i,
  output logic [WIDTH-1:0] data_o
);

  if (WIDTH < 1) begin : gen_bad_width
    $fatal(1, "b_rom: WIDTH is %0d, legal: >= 1", WIDTH);
  end
  if (DEPTH < 1) begin : gen_bad_depth
    $fatal(1, "b_rom: DEPTH is %0d, legal: >= 1", DEPTH);
  end
  if (STRUCTURAL && !INIT) begin : gen_bad_init
    $fatal(1, "b_rom: INIT is 0, legal: 1 in the structural view, which has no loader");
  end

  localparam int unsigned AddrW  = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam int unsigned GroupW = GROUPS > 1 ? $clog2(GROUPS) : 1;

  logic [WIDTH-1:0] mem [STRUCTURAL ? 1 : DEPTH];

  if (STRUCTURAL) begin : gen_structural
    logic [15:0]             cand;   // line k carries bit addr[1:0] of k
    logic [GroupW-1:0]       group;
    logic [WIDTH-1:0][3:0]   code;   // connections of the group whose word line is on
    logic [WIDTH-1:0]        word;

    assign group = GroupW'(addr_i[31:2]);
    assign code  = CODES[32'(group)*WIDTH*4 +: WIDTH*4];
    always_comb begin
      for (int unsigned k = 0; k < 16; k++) cand[k] = 1'(4'(k) >> addr_i[1:0]);
      for (int unsigned w = 0; w < WIDTH; w++) word[w] = cand[code[w]];
    end

    always_ff @(posedge clk_i) begin
      if (en_i) data_o <= word;
    end
  end else begin : gen_behavioural
    if (INIT) begin : gen_init
      initial begin
        for (int unsigned a = 0; a < DEPTH; a++) begin
          for (int unsigned w = 0; w < WIDTH; w++) mem[a][w] = CODES[((a/4)*WIDTH + w)*4 + a%4];
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (en_i) data_o <= mem[AddrW'(addr_i)];
    end
  end

endmodule
`default_nettype wire
