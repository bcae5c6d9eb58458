// The read half of the image port: there is nothing to read, every beat is answered SLVERR.
//
// Interface  s_axi_ar*, r*: AXI4, one burst at a time. error_valid_o with error_info_o, the address, for
//            one cycle.
// Latency    First R beat in the cycle behind AR, one a cycle.
// Parameters BUS >= 1: bytes of a beat; ID_W 1 to 32.
// Golden     golden/axi_host.py
`default_nettype none
module image_read #(
  parameter int unsigned BUS  = 8,
  parameter int unsigned ID_W = 4
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [ID_W-1:0]  s_axi_arid,
  input  wire logic [31:0]      s_axi_araddr,
  input  wire logic [7:0]       s_axi_arlen,
  input  wire logic             s_axi_arvalid,
  output logic                  s_axi_arready,
  output logic [ID_W-1:0]       s_axi_rid,
  output logic [BUS*8-1:0]      s_axi_rdata,
  output logic [1:0]            s_axi_rresp,
  output logic                  s_axi_rlast,
  output logic                  s_axi_rvalid,
  input  wire logic             s_axi_rready,
  output logic                  error_valid_o,
  output logic [31:0]           error_info_o
);

  if (BUS < 1) begin : gen_bad_bus
    $fatal(1, "image_read: BUS is %0d, legal: >= 1", BUS);
  end
  if (ID_W < 1 || ID_W > 32) begin : gen_bad_id
    $fatal(1, "image_read: ID_W is %0d, legal: 1 to 32", ID_W);
  end

  logic            busy_q;
  logic [7:0]      left_q;
  logic [ID_W-1:0] id_q;

  assign s_axi_arready = !busy_q;
  assign s_axi_rvalid  = busy_q;
  assign s_axi_rid     = id_q;
  assign s_axi_rdata   = '0;
  assign s_axi_rresp   = 2'b10;
  assign s_axi_rlast   = left_q == '0;
  assign error_valid_o = s_axi_arvalid && s_axi_arready && rst_ni;
  assign error_info_o  = s_axi_araddr;

  always_ff @(posedge clk_i) begin
    if (s_axi_arvalid && s_axi_arready) begin
      busy_q <= 1'b1;
      left_q <= s_axi_arlen;
      id_q   <= s_axi_arid;
    end else if (busy_q && s_axi_rready) begin
      busy_q <= left_q != '0;
      left_q <= left_q - 8'd1;
    end
    if (!rst_ni) busy_q <= 1'b0;
  end

`ifndef SYNTHESIS
  a_r_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                               s_axi_rvalid && !s_axi_rready |=>
                               s_axi_rvalid && $stable(s_axi_rlast) && $stable(s_axi_rid));
`endif

endmodule
`default_nettype wire
