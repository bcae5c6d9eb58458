// The list of stop tokens, shared by all sequences.
//
// Interface  listed_o: token_i is in the list; full_o: there is no room for another. add_i puts token_i in
//            (only if it is not listed and there is room), clear_i empties the list. stops_o: look_i is a
//            stop token.
// Latency    What is changed in a cycle shows in the next one; the answers are combinational.
// Parameters STOP_TOKENS 1 to 16.
// Golden     golden/host.py Settings
`default_nettype none
module stop_list #(
  parameter int unsigned STOP_TOKENS = 4
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        add_i,
  input  wire logic        clear_i,
  input  wire logic [31:0] token_i,
  output logic             listed_o,
  output logic             full_o,
  input  wire logic [31:0] look_i,
  output logic             stops_o
);

  if (STOP_TOKENS < 1 || STOP_TOKENS > 16) begin : gen_bad_stops
    $fatal(1, "stop_list: STOP_TOKENS is %0d, legal: 1 to 16", STOP_TOKENS);
  end

  logic [STOP_TOKENS-1:0]       set_q;
  logic [STOP_TOKENS-1:0][31:0] token_q;

  assign full_o = &set_q;
  always_comb begin
    stops_o  = 1'b0;
    listed_o = 1'b0;
    for (int unsigned s = 0; s < STOP_TOKENS; s++) begin
      if (set_q[s] && token_q[s] == look_i) stops_o = 1'b1;
      if (set_q[s] && token_q[s] == token_i) listed_o = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (add_i) begin
      set_q   <= STOP_TOKENS'({set_q, 1'b1});
      token_q <= (STOP_TOKENS * 32)'({token_q, token_i});
    end
    if (clear_i || !rst_ni) set_q <= '0;
  end

`ifndef SYNTHESIS
  a_add: assert property (@(posedge clk_i) disable iff (!rst_ni) add_i |-> !listed_o && !full_o);
`endif

endmodule
`default_nettype wire
