// Not part of the chip: an assertion that a bench can violate at will, and a register for beats.
`default_nettype none
module canary (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic trip_i,
  input  wire logic beat_i,
  output logic      beat_o
);

  always_ff @(posedge clk_i) beat_o <= rst_ni && beat_i;

  a_canary: assert property (@(posedge clk_i) disable iff (!rst_ni) !trip_i);

endmodule
`default_nettype wire
