// A stream_fifo that says how full it is and can be emptied.
//
// Interface  in_* and out_* as stream_fifo. level_o beats are inside. In a cycle with flush_i nothing
//            enters or leaves, behind it the queue is empty; whoever holds in_valid_i keeps its beat.
// Latency    A beat taken in cycle x is offered from x+1 on.
// Parameters WIDTH >= 1; DEPTH >= 1.
// Golden     golden/axi_host.py
`default_nettype none
module host_fifo #(
  parameter int unsigned WIDTH = 32,
  parameter int unsigned DEPTH = 4
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic             flush_i,
  input  wire logic             in_valid_i,
  output logic                  in_ready_o,
  input  wire logic [WIDTH-1:0] in_data_i,
  output logic                  out_valid_o,
  input  wire logic             out_ready_i,
  output logic [WIDTH-1:0]      out_data_o,
  output logic [15:0]           level_o
);

  if (DEPTH < 1 || DEPTH > 32767) begin : gen_bad_depth
    $fatal(1, "host_fifo: DEPTH is %0d, legal: 1 to 32767", DEPTH);
  end

  logic        run, in_ready, out_valid;
  logic [15:0] level_q;

  assign run         = rst_ni && !flush_i;
  assign in_ready_o  = in_ready && run;
  assign out_valid_o = out_valid && run;
  assign level_o     = level_q;

  stream_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_fifo (
    .clk_i, .rst_ni(run), .in_valid_i, .in_ready_o(in_ready), .in_data_i,
    .out_valid_o(out_valid), .out_ready_i, .out_data_o
  );

  logic in_beat, out_beat;
  assign in_beat  = in_valid_i && in_ready_o;
  assign out_beat = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i) begin
    if (in_beat != out_beat) level_q <= in_beat ? level_q + 16'd1 : level_q - 16'd1;
    if (!run) level_q <= '0;
  end

endmodule
`default_nettype wire
