// Tags of the broadcast: where each word that leaves the block quantisers belongs.
//
// Interface  start_i begins a SEND with the token's context, the place of its sequence in the KV cache and
//            its position; word_valid_i (word_last_i: last of its block) with the words of the
//            quantisers, the tags stand beside them in the same cycle. Nobody waits.
//            K and V carry the SRAM word of this position's first block and the member of the group
//            that owns the position; other destinations 0.
// Parameters H_BLOCK >= 1; HEAD_DIM a multiple of it.
// Golden     golden/vector_row.py kv_place
`default_nettype none
module broadcast_tag
  import roma_pkg::*;
#(
  parameter int unsigned HEAD_DIM = 8,
  parameter int unsigned H_BLOCK  = 8
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         start_i,
  input  wire dest_e        dest_i,
  input  wire ctx_t         ctx_i,
  input  wire logic [31:0]  layer_base_i,   // of sequence 0
  input  wire logic [31:0]  kv_base_i,      // words before the token's sequence
  input  wire logic [11:0]  pos_slot_i,
  input  wire logic [11:0]  pos_unit_i,
  input  wire logic         word_valid_i,
  input  wire logic         word_last_i,
  output ctx_t              ctx_o,
  output dest_e             dest_o,
  output logic [11:0]       blk_o,
  output logic [11:0]       word_o,
  output logic [31:0]       addr_o,
  output logic [11:0]       member_o
);

  if (H_BLOCK < 1) begin : gen_bad_block
    $fatal(1, "broadcast_tag: H_BLOCK is %0d, legal: >= 1", H_BLOCK);
  end
  if (HEAD_DIM < H_BLOCK || HEAD_DIM % H_BLOCK != 0) begin : gen_bad_head
    $fatal(1, "broadcast_tag: HEAD_DIM is %0d, legal: a multiple of H_BLOCK (%0d)", HEAD_DIM,
           H_BLOCK);
  end

  localparam int unsigned HeadBlocks = HEAD_DIM / H_BLOCK;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      ctx_o    <= ctx_i;
      dest_o   <= dest_i;
      blk_o    <= '0;
      word_o   <= '0;
      addr_o   <= '0;
      member_o <= '0;
      if (dest_i == DstK || dest_i == DstV) begin
        addr_o   <= layer_base_i + kv_base_i + {19'd0, pos_slot_i, dest_i == DstV} * HeadBlocks;
        member_o <= pos_unit_i;
      end
    end else if (word_valid_i) begin
      word_o <= word_last_i ? '0 : word_o + 1'b1;
      if (word_last_i) blk_o <= blk_o + 1'b1;
    end
  end

`ifndef SYNTHESIS
  a_start_between: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> !word_valid_i);
`endif

endmodule
`default_nettype wire
