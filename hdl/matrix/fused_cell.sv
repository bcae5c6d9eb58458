// The fused cells of one matrix unit: B-ROM and compute in one hierarchy, all its L-Units as loops.
// An L-Unit is WORD_BITS of the ROM word and as many multipliers as codes fit in: unsigned codes
// times signed mantissas.
//
// Interface  valid_i with addr_i, first_pass_i, last_pass_i in cycle m; x_i in m+1 (x_buffer's
//            registered read); d_o with valid_o in m+2, only for the last pass. Nobody waits.
//            A code wider than WEIGHT_BITS is read in several passes, most significant planes
//            first: d = (d << WEIGHT_BITS) + new, so the passes of one step follow each other.
// Latency    2 cycles, one ROM word of every L-Unit a cycle.
// Formats    codes unsigned, x_i signed 8-bit, d_o[c] signed integer: sum of code * mantissa over
//            the block of column c. Input c*BLOCK + j is lane (c*BLOCK + j) mod LANES of its
//            L-Unit.
// Parameters WEIGHT_BITS 2, 4 or 8; WORD_BITS 16, 32, 64 or 128; BLOCK a multiple of the lanes
//            WORD_BITS/WEIGHT_BITS, 8 to 256; COLUMNS 1 to 64 (COLUMNS = 1 and BLOCK = lanes is a
//            single L-Unit); ROM_WORDS >= 1; STRUCTURAL, CODES: see b_rom.
//            Codes have up to 8 bits in all passes together.
// Golden     golden/gemv.py (dots), golden/burn.py rom_words.
`default_nettype none
module fused_cell #(
  parameter int unsigned COLUMNS     = 1,
  parameter int unsigned BLOCK       = 16,
  parameter int unsigned WEIGHT_BITS = 4,
  parameter int unsigned WORD_BITS   = 64,
  parameter int unsigned ROM_WORDS   = 8,
  parameter bit          STRUCTURAL  = 1'b0,
  localparam int unsigned LANES      = WORD_BITS / WEIGHT_BITS,
  localparam int unsigned UNITS      = COLUMNS * BLOCK / LANES,
  localparam int unsigned CODE_BITS  = STRUCTURAL ? (ROM_WORDS + 3) / 4 * UNITS * WORD_BITS * 4 : 4,
  parameter logic [CODE_BITS-1:0] CODES = '0
) (
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic                                valid_i,
  input  wire logic [31:0]                         addr_i,
  input  wire logic                                first_pass_i,
  input  wire logic                                last_pass_i,
  input  wire logic [COLUMNS-1:0][BLOCK-1:0][7:0]  x_i,
  output logic                                     valid_o,
  output logic [COLUMNS-1:0][31:0]                 d_o
);

  if (WEIGHT_BITS != 2 && WEIGHT_BITS != 4 && WEIGHT_BITS != 8) begin : gen_bad_bits
    $fatal(1, "fused_cell: WEIGHT_BITS is %0d, legal: 2, 4 or 8", WEIGHT_BITS);
  end
  if (!(WORD_BITS inside {16, 32, 64, 128})) begin : gen_bad_word
    $fatal(1, "fused_cell: WORD_BITS is %0d, legal: 16, 32, 64 or 128", WORD_BITS);
  end
  if (BLOCK < 8 || BLOCK > 256 || BLOCK % LANES != 0) begin : gen_bad_block
    $fatal(1, "fused_cell: BLOCK is %0d, legal: a multiple of the %0d lanes, 8 to 256", BLOCK,
           LANES);
  end
  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "fused_cell: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (ROM_WORDS < 1) begin : gen_bad_depth
    $fatal(1, "fused_cell: ROM_WORDS is %0d, legal: >= 1", ROM_WORDS);
  end

  // Lanes that are added together: their codes and mantissas are one small slice each, which makes
  // simulations twice as fast as lane by lane.
  localparam int unsigned Group = BLOCK % 8 == 0 ? 8 : 2;

  logic [UNITS*WORD_BITS-1:0] word;  // of all L-Units, lane 0 of the first one lowest
  logic                            valid_q, first_q, last_q;

  b_rom #(
    .WIDTH     (UNITS * WORD_BITS),
    .DEPTH     (ROM_WORDS),
    .STRUCTURAL(STRUCTURAL),
    .CODES     (CODES)
  ) u_rom (
    .clk_i,
    .en_i  (valid_i),
    .addr_i,
    .data_o(word)
  );

  always_ff @(posedge clk_i) begin
    valid_q <= rst_ni && valid_i;
    valid_o <= rst_ni && valid_q && last_q;
    if (valid_i) begin
      first_q <= first_pass_i;
      last_q  <= last_pass_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      automatic logic [COLUMNS-1:0][31:0] d = d_o;
      for (int unsigned c = 0; c < COLUMNS; c++) begin
        automatic int dot = 0;
        for (int unsigned g = 0; g < BLOCK / Group; g++) begin
          automatic logic [Group*WEIGHT_BITS-1:0] codes =
              word[(c*BLOCK + g*Group)*WEIGHT_BITS +: Group*WEIGHT_BITS];
          automatic logic [Group-1:0][7:0] x = x_i[c][g*Group +: Group];
          for (int unsigned l = 0; l < Group; l++) begin
            // x ^ 128 - 128 is sign extension: in simulation one instruction, a cast is six.
            dot += 32'(codes[l*WEIGHT_BITS +: WEIGHT_BITS]) * (32'(x[l] ^ 8'h80) - 32'd128);
          end
        end
        d[c] = first_q ? dot : (d_o[c] << WEIGHT_BITS) + dot;
      end
      d_o <= d;
    end
  end

`ifndef SYNTHESIS
  a_address: assert property (@(posedge clk_i) disable iff (!rst_ni) valid_i |-> addr_i < ROM_WORDS)
  else $error("fused_cell: ROM address %0d, %0d words exist", addr_i, ROM_WORDS);
  a_joined: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             valid_i && !first_pass_i && $past(rst_ni) |->
                             $past(valid_i) && !$past(last_pass_i))
  else $error("fused_cell: a pass does not follow the pass before it");
`endif

endmodule
`default_nettype wire
