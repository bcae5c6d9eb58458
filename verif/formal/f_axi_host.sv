// The chip's face as a whole: answers of the registers, wiring of every handshake.
`default_nettype none
module f_axi_host
  import roma_pkg::*;
#(
  parameter int unsigned H_BLOCK = 16,
  parameter int unsigned BUS     = 4,
  parameter int unsigned ID_W    = 1,
  localparam int unsigned Beat    = H_BLOCK + 1,
  localparam int unsigned StatusW = $bits(status_e)
) (
  input wire logic clk_i,
  input wire logic rst_ni,
  input wire logic [11:0] s_axil_awaddr,
  input wire logic [2:0] s_axil_awprot,
  input wire logic s_axil_awvalid,
  input wire logic [31:0] s_axil_wdata,
  input wire logic [3:0] s_axil_wstrb,
  input wire logic s_axil_wvalid,
  input wire logic s_axil_bready,
  input wire logic [11:0] s_axil_araddr,
  input wire logic [2:0] s_axil_arprot,
  input wire logic s_axil_arvalid,
  input wire logic s_axil_rready,
  input wire logic [31:0] s_axis_prompt_tdata,
  input wire logic [1:0] s_axis_prompt_tdest,
  input wire logic s_axis_prompt_tlast,
  input wire logic s_axis_prompt_tvalid,
  input wire logic m_axis_token_tready,
  input wire logic [ID_W-1:0] s_axi_awid,
  input wire logic [31:0] s_axi_awaddr,
  input wire logic [7:0] s_axi_awlen,
  input wire logic [2:0] s_axi_awsize,
  input wire logic [1:0] s_axi_awburst,
  input wire logic s_axi_awvalid,
  input wire logic [BUS*8-1:0] s_axi_wdata,
  input wire logic [BUS-1:0] s_axi_wstrb,
  input wire logic s_axi_wlast,
  input wire logic s_axi_wvalid,
  input wire logic s_axi_bready,
  input wire logic [ID_W-1:0] s_axi_arid,
  input wire logic [31:0] s_axi_araddr,
  input wire logic [7:0] s_axi_arlen,
  input wire logic [2:0] s_axi_arsize,
  input wire logic [1:0] s_axi_arburst,
  input wire logic s_axi_arvalid,
  input wire logic s_axi_rready,
  input wire logic cmd_ready_i,
  input wire logic rsp_valid_i,
  input wire logic [2:0] rsp_op_i,
  input wire seq_t rsp_seq_i,
  input wire logic [StatusW-1:0] rsp_status_i,
  input wire logic [31:0] rsp_info_i,
  input wire logic prompt_ready_i,
  input wire logic tok_valid_i,
  input wire seq_t tok_seq_i,
  input wire logic [31:0] tok_token_i,
  input wire logic img_ready_i
);

  logic irq_o;
  logic [1:0] m_axis_token_tid;
  seq_t cmd_seq_o, prompt_seq_o;
  logic s_axil_awready;
  logic s_axil_wready;
  logic [1:0] s_axil_bresp;
  logic s_axil_bvalid;
  logic s_axil_arready;
  logic [31:0] s_axil_rdata;
  logic [1:0] s_axil_rresp;
  logic s_axil_rvalid;
  logic s_axis_prompt_tready;
  logic [31:0] m_axis_token_tdata;
  logic m_axis_token_tlast;
  logic m_axis_token_tvalid;
  logic s_axi_awready;
  logic s_axi_wready;
  logic [ID_W-1:0] s_axi_bid;
  logic [1:0] s_axi_bresp;
  logic s_axi_bvalid;
  logic s_axi_arready;
  logic [ID_W-1:0] s_axi_rid;
  logic [BUS*8-1:0] s_axi_rdata;
  logic [1:0] s_axi_rresp;
  logic s_axi_rlast;
  logic s_axi_rvalid;
  logic core_rst_no;
  logic cmd_valid_o;
  logic [2:0] cmd_op_o;
  logic [31:0] cmd_arg_o;
  logic rsp_ready_o;
  logic prompt_valid_o;
  logic [31:0] prompt_token_o;
  logic tok_ready_o;
  logic img_valid_o;
  logic [Beat*8-1:0] img_data_o;
  logic img_last_o;

  axi_host #(
    .H_BLOCK(H_BLOCK), .BUS(BUS), .ID_W(ID_W), .PROMPT_DEPTH(2), .TOKEN_DEPTH(1), .RESPONSE_DEPTH(1)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic        b_stalled_q, r_stalled_q;
  logic [1:0]  b_resp_q, r_resp_q;
  logic [31:0] r_data_q;
  logic [2:0]  writes_q, datas_q, reads_q;  // taken and not answered

  always_ff @(posedge clk_i) begin
    b_stalled_q <= rst_ni && s_axil_bvalid && !s_axil_bready;
    r_stalled_q <= rst_ni && s_axil_rvalid && !s_axil_rready;
    b_resp_q    <= s_axil_bresp;
    r_resp_q    <= s_axil_rresp;
    r_data_q    <= s_axil_rdata;
    if (!rst_ni) begin
      writes_q <= '0;
      datas_q  <= '0;
      reads_q  <= '0;
    end else begin
      writes_q <= writes_q + 3'(s_axil_awvalid && s_axil_awready) - 3'(s_axil_bvalid && s_axil_bready);
      datas_q  <= datas_q + 3'(s_axil_wvalid && s_axil_wready) - 3'(s_axil_bvalid && s_axil_bready);
      reads_q  <= reads_q + 3'(s_axil_arvalid && s_axil_arready) - 3'(s_axil_rvalid && s_axil_rready);
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      a_b_held: assert (!b_stalled_q || s_axil_bvalid);
      a_b_stable: assert (!b_stalled_q || s_axil_bresp == b_resp_q);
      a_r_held: assert (!r_stalled_q || s_axil_rvalid);
      a_r_stable: assert (!r_stalled_q || (s_axil_rdata == r_data_q && s_axil_rresp == r_resp_q));
      a_b_asked: assert (!s_axil_bvalid || (writes_q != 0 && datas_q != 0));
      a_r_asked: assert (!s_axil_rvalid || reads_q != 0);
      c_answers: cover (r_stalled_q && s_axil_rdata != 0 && writes_q != 0);
    end
  end

endmodule
`default_nettype wire
