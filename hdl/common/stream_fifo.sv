// First-in first-out queue between two streams; order and content are kept.
//
// Interface  in_* and out_* are valid/ready: a beat moves in a cycle with valid and ready. Valid never
//            waits for ready, out_data_o is stable while it waits. in_ready_o does not depend on
//            out_ready_i: a full queue takes its next beat in the cycle after one has left.
//            Reset empties the queue.
// Latency    A beat taken in cycle x is offered from x+1 on. One beat a cycle with DEPTH >= 2, one
//            every other cycle with DEPTH = 1.
// Formats    Data are bits.
// Parameters WIDTH >= 1; DEPTH >= 1, any number.
// Golden     golden/stream_fifo.py
`default_nettype none
module stream_fifo #(
  parameter int unsigned WIDTH = 8,
  parameter int unsigned DEPTH = 2
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic             in_valid_i,
  output logic                  in_ready_o,
  input  wire logic [WIDTH-1:0] in_data_i,
  output logic                  out_valid_o,
  input  wire logic             out_ready_i,
  output logic [WIDTH-1:0]      out_data_o
);

  if (WIDTH < 1) begin : gen_bad_width
    $fatal(1, "stream_fifo: WIDTH is %0d, legal: >= 1", WIDTH);
  end
  if (DEPTH < 1) begin : gen_bad_depth
    $fatal(1, "stream_fifo: DEPTH is %0d, legal: >= 1", DEPTH);
  end

  localparam int unsigned SlotW  = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam int unsigned CountW = $clog2(DEPTH + 1);

  logic [WIDTH-1:0]  mem [DEPTH];
  logic [SlotW-1:0]  write_q, read_q;
  logic [CountW-1:0] count_q;
  logic              in_beat, out_beat;

  function automatic logic [SlotW-1:0] next_slot(logic [SlotW-1:0] slot);
    return 32'(slot) == DEPTH - 1 ? '0 : slot + 1'b1;
  endfunction

  assign in_ready_o  = 32'(count_q) != DEPTH;
  assign out_valid_o = count_q != '0;
  assign out_data_o  = mem[read_q];
  assign in_beat     = in_valid_i && in_ready_o;
  assign out_beat    = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i) begin
    if (in_beat) begin
      mem[write_q] <= in_data_i;
      write_q      <= next_slot(write_q);
    end
    if (out_beat) read_q <= next_slot(read_q);
    if (in_beat != out_beat) count_q <= in_beat ? count_q + 1'b1 : count_q - 1'b1;
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end
  end

`ifndef SYNTHESIS
  a_in_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                in_valid_i && !in_ready_o |=>
                                in_valid_i && $stable(in_data_i));
  a_out_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 out_valid_o && !out_ready_i |=>
                                 out_valid_o && $stable(out_data_o));
  a_count: assert property (@(posedge clk_i) disable iff (!rst_ni) 32'(count_q) <= DEPTH);
`endif

endmodule
`default_nettype wire
