// Not part of the chip: a register whose assertion a bench can violate at will.
`default_nettype none
module canary (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic trip_i,
  output logic      seen_o
);

  always_ff @(posedge clk_i) seen_o <= rst_ni && trip_i;

`ifndef SYNTHESIS
  a_canary: assert property (@(posedge clk_i) disable iff (!rst_ni) !trip_i);
`endif

endmodule
`default_nettype wire
