// KV append of an H-Unit: collects the blocks of k or v that its KV group's columns broadcast and
// hands them to the SRAM, one word a cycle. Only the unit that owns the position is given beats.
//
// Interface: beats of the CPK columns of the group, word by word, block by block; last_i with the
//   last word of a block. addr_i = SRAM word of the position's first block. Never stalls.
// Latency: the word of group column a is on the write port in cycle (last_i) + 1 + a. A following
//   block's words may arrive meanwhile: its last word comes H_BLOCK/ROWS >= CPK cycles later.
// Address: block b of group column a is word a*(HEAD_DIM/CPK/H_BLOCK) + b of the head.
// Format: word = {exponent field[7:0], H_BLOCK mantissas of 8 bits, element 0 lowest}.
// Legal: H_BLOCK a multiple of ROWS, CPK up to H_BLOCK/ROWS, HEAD_DIM a multiple of CPK*H_BLOCK.
// Golden twin: HUnit.append of golden/h_unit.py.
`default_nettype none
module h_kv_append #(
  parameter int unsigned CPK      = 2,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned H_BLOCK  = 8,
  parameter int unsigned HEAD_DIM = 16,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                          clk_i,
  input wire logic                          rst_ni,
  input wire logic                          valid_i,
  input wire logic [11:0]                   blk_i,
  input wire logic [11:0]                   word_i,
  input wire logic                          last_i,
  input wire logic [31:0]                   addr_i,
  input wire logic [CPK-1:0][ROWS-1:0][7:0] data_i,
  input wire logic [CPK-1:0][7:0]           exp_i,
  output logic                              we_o,
  output logic [31:0]                       addr_o,
  output logic [WIDTH-1:0]                  wdata_o
);

  localparam int unsigned BEATS = H_BLOCK / ROWS;
  localparam int unsigned BEAT_W = (BEATS > 1) ? $clog2(BEATS) : 1;
  localparam int unsigned COLUMN_WORDS = HEAD_DIM / CPK / H_BLOCK;

  if (H_BLOCK % ROWS != 0 || H_BLOCK == 0) begin : gen_h_block
    $fatal(1, "h_kv_append: H_BLOCK is %0d, legal: a multiple of ROWS (%0d)", H_BLOCK, ROWS);
  end
  if (CPK < 1 || CPK > BEATS) begin : gen_cpk
    $fatal(1, "h_kv_append: CPK is %0d, legal: 1 to H_BLOCK/ROWS (%0d)", CPK, BEATS);
  end
  if (HEAD_DIM % (CPK * H_BLOCK) != 0 || HEAD_DIM == 0) begin : gen_head_dim
    $fatal(1, "h_kv_append: HEAD_DIM is %0d, legal: a multiple of CPK*H_BLOCK (%0d)", HEAD_DIM,
           CPK * H_BLOCK);
  end

  // Words of the block that is arriving; its last word goes straight to the write queue.
  logic [CPK-1:0][BEATS-1:0][ROWS*8-1:0] collect_q;
  // Whole blocks on their way to the SRAM, the next one lowest.
  logic [CPK-1:0]            queue_valid_q;
  logic [WIDTH-1:0]          queue_q [CPK];
  logic [31:0]               addr_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) queue_valid_q <= '0;
    else if (valid_i && last_i) queue_valid_q <= '1;
    else queue_valid_q <= CPK'({1'b0, queue_valid_q} >> 1);
    if (valid_i) begin
      for (int unsigned a = 0; a < CPK; a++) collect_q[a][BEAT_W'(word_i)] <= data_i[a];
    end
    if (valid_i && last_i) begin
      for (int unsigned a = 0; a < CPK; a++) begin
        automatic logic [BEATS-1:0][ROWS*8-1:0] whole = collect_q[a];
        whole[BEATS-1] = data_i[a];
        queue_q[a] <= {exp_i[a], whole};
      end
      addr_q <= addr_i + 32'(blk_i);
    end else if (queue_valid_q[0]) begin
      for (int unsigned a = 0; a < CPK; a++) queue_q[a] <= a + 1 < CPK ? queue_q[(a+1)%CPK] : '0;
      addr_q <= addr_q + COLUMN_WORDS;
    end
  end

  assign we_o = queue_valid_q[0];
  assign addr_o = addr_q;
  assign wdata_o = queue_q[0];

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   valid_i |-> last_i == (32'(word_i) == BEATS - 1))
  else $error("h_kv_append: last word of a block is %0d, got last %b with word %0d", BEATS - 1,
              last_i, word_i);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   valid_i |-> 32'(blk_i) < COLUMN_WORDS)
  else $error("h_kv_append: block %0d, a column sends %0d", blk_i, COLUMN_WORDS);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   valid_i && last_i |-> CPK'({1'b0, queue_valid_q} >> 1) == '0)
  else $error("h_kv_append: a block is whole before the last one is written");
`endif

endmodule
`default_nettype wire
