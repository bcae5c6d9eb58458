// Reads of the image port: as many beats as were asked for, every one refused, the last marked.
`default_nettype none
module f_image_read #(
  parameter int unsigned BUS  = 4,
  parameter int unsigned ID_W = 2
) (
  input wire logic            clk_i,
  input wire logic            rst_ni,
  input wire logic [ID_W-1:0] s_axi_arid,
  input wire logic [31:0]     s_axi_araddr,
  input wire logic [7:0]      s_axi_arlen,
  input wire logic            s_axi_arvalid,
  input wire logic            s_axi_rready
);

  logic             s_axi_arready, s_axi_rlast, s_axi_rvalid, error_valid_o;
  logic [ID_W-1:0]  s_axi_rid;
  logic [BUS*8-1:0] s_axi_rdata;
  logic [1:0]       s_axi_rresp;
  logic [31:0]      error_info_o;

  image_read #(.BUS(BUS), .ID_W(ID_W)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic            stalled_q, last_q;
  logic [ID_W-1:0] id_q, want_q;
  logic [8:0]      left_q;               // beats still to come
  logic            ar_beat, r_beat;
  assign ar_beat = s_axi_arvalid && s_axi_arready;
  assign r_beat  = s_axi_rvalid && s_axi_rready;

  always_ff @(posedge clk_i) begin
    stalled_q <= rst_ni && s_axi_rvalid && !s_axi_rready;
    last_q    <= s_axi_rlast;
    id_q      <= s_axi_rid;
    if (ar_beat) want_q <= s_axi_arid;
    if (!rst_ni) left_q <= '0;
    else if (ar_beat) left_q <= 9'(s_axi_arlen) + 9'd1;
    else if (r_beat) left_q <= left_q - 9'd1;
  end

  always_comb begin
    if (started_q && rst_ni) begin
      a_r_held: assert (!stalled_q || s_axi_rvalid);
      a_r_stable: assert (!stalled_q || (s_axi_rlast == last_q && s_axi_rid == id_q));
      a_beats: assert (s_axi_rvalid == (left_q != 0) && s_axi_arready == (left_q == 0)
                       && (!s_axi_rvalid || s_axi_rlast == (left_q == 9'd1)));
      a_refused: assert (!s_axi_rvalid || (s_axi_rid == want_q && s_axi_rresp == 2'b10
                                           && s_axi_rdata == '0));
      a_error: assert (error_valid_o == ar_beat && (!error_valid_o || error_info_o == s_axi_araddr));
      c_burst: cover (r_beat && s_axi_rlast && stalled_q);
    end
  end

endmodule
`default_nettype wire
