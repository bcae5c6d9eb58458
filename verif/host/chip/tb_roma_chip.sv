// Simulation top of the whole chip behind its system interface: roma_chip at the sizes of roma_cfg_pkg,
// ROMs loaded by rom_loader, which knows the chip as tb_roma.u_dut.
`default_nettype none
module tb_roma_chip
  import roma_cfg_pkg::*;
#(
  parameter int unsigned BUS  = 8,
  parameter int unsigned ID_W = 4
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  output logic                    irq_o,
  input  wire logic [11:0]        s_axil_awaddr,
  input  wire logic [2:0]         s_axil_awprot,
  input  wire logic               s_axil_awvalid,
  output logic                    s_axil_awready,
  input  wire logic [31:0]        s_axil_wdata,
  input  wire logic [3:0]         s_axil_wstrb,
  input  wire logic               s_axil_wvalid,
  output logic                    s_axil_wready,
  output logic [1:0]              s_axil_bresp,
  output logic                    s_axil_bvalid,
  input  wire logic               s_axil_bready,
  input  wire logic [11:0]        s_axil_araddr,
  input  wire logic [2:0]         s_axil_arprot,
  input  wire logic               s_axil_arvalid,
  output logic                    s_axil_arready,
  output logic [31:0]             s_axil_rdata,
  output logic [1:0]              s_axil_rresp,
  output logic                    s_axil_rvalid,
  input  wire logic               s_axil_rready,
  // Tokens
  input  wire logic [31:0]        s_axis_prompt_tdata,
  input  wire logic [1:0]         s_axis_prompt_tdest,
  input  wire logic               s_axis_prompt_tlast,
  input  wire logic               s_axis_prompt_tvalid,
  output logic                    s_axis_prompt_tready,
  output logic [31:0]             m_axis_token_tdata,
  output logic [1:0]              m_axis_token_tid,
  output logic                    m_axis_token_tlast,
  output logic                    m_axis_token_tvalid,
  input  wire logic               m_axis_token_tready,
  // Images
  input  wire logic [ID_W-1:0]    s_axi_awid,
  input  wire logic [31:0]        s_axi_awaddr,
  input  wire logic [7:0]         s_axi_awlen,
  input  wire logic [2:0]         s_axi_awsize,
  input  wire logic [1:0]         s_axi_awburst,
  input  wire logic               s_axi_awvalid,
  output logic                    s_axi_awready,
  input  wire logic [BUS*8-1:0]   s_axi_wdata,
  input  wire logic [BUS-1:0]     s_axi_wstrb,
  input  wire logic               s_axi_wlast,
  input  wire logic               s_axi_wvalid,
  output logic                    s_axi_wready,
  output logic [ID_W-1:0]         s_axi_bid,
  output logic [1:0]              s_axi_bresp,
  output logic                    s_axi_bvalid,
  input  wire logic               s_axi_bready,
  input  wire logic [ID_W-1:0]    s_axi_arid,
  input  wire logic [31:0]        s_axi_araddr,
  input  wire logic [7:0]         s_axi_arlen,
  input  wire logic [2:0]         s_axi_arsize,
  input  wire logic [1:0]         s_axi_arburst,
  input  wire logic               s_axi_arvalid,
  output logic                    s_axi_arready,
  output logic [ID_W-1:0]         s_axi_rid,
  output logic [BUS*8-1:0]        s_axi_rdata,
  output logic [1:0]              s_axi_rresp,
  output logic                    s_axi_rlast,
  output logic                    s_axi_rvalid,
  input  wire logic               s_axi_rready
);

  roma_chip #(
    .BUS(BUS), .ID_W(ID_W),
    .COLUMNS(COLUMNS), .ROWS(ROWS), .WEIGHT_BITS(WEIGHT_BITS), .WORD_BITS(WORD_BITS),
    .BLOCK(BLOCK), .H_BLOCK(H_BLOCK), .GROUP_BLOCKS(GROUP_BLOCKS), .FRAC_BITS(FRAC_BITS),
    .HOPS(HOPS), .ACC_DEPTH(ACC_DEPTH), .MAX_CHUNKS(MAX_CHUNKS), .ROM_WORDS(ROM_WORDS),
    .SCALE_WORDS(SCALE_WORDS), .SRAM_WORDS(SRAM_WORDS), .VMEM_WORDS(VMEM_WORDS),
    .ATT_BASE(ATT_BASE), .T_BASE(T_BASE), .EMBED_WORDS(EMBED_WORDS), .NORM_WORDS(NORM_WORDS),
    .ROPE_WORDS(ROPE_WORDS), .HEAD_DIM(HEAD_DIM), .Q_PER_KV(Q_PER_KV), .CPK(CPK),
    .KV_SLOTS(KV_SLOTS), .Q_WORDS(Q_WORDS), .K_WORDS(K_WORDS), .T_BLOCKS(T_BLOCKS),
    .HIDDEN_WORDS(HIDDEN_WORDS), .VOCAB_ROWS(VOCAB_ROWS), .MAX_RANK(MAX_RANK),
    .ADAPTER_SLOTS(ADAPTER_SLOTS), .ADAPTER_WORDS(ADAPTER_WORDS), .STOP_TOKENS(STOP_TOKENS),
    .TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .SEQUENCE_WORDS(SEQUENCE_WORDS), .CONTEXT(CONTEXT),
    .PROGRAM_WORDS(PROGRAM_WORDS), .ATTN_SCALE(ATTN_SCALE),
    .INV_HIDDEN(INV_HIDDEN), .RMS_EPS(RMS_EPS)
  ) u_chip (
    .clk_i, .rst_ni, .irq_o,
    .s_axil_awaddr, .s_axil_awprot, .s_axil_awvalid, .s_axil_awready, .s_axil_wdata, .s_axil_wstrb,
    .s_axil_wvalid, .s_axil_wready, .s_axil_bresp, .s_axil_bvalid, .s_axil_bready, .s_axil_araddr,
    .s_axil_arprot, .s_axil_arvalid, .s_axil_arready, .s_axil_rdata, .s_axil_rresp, .s_axil_rvalid,
    .s_axil_rready, .s_axis_prompt_tdata, .s_axis_prompt_tdest, .s_axis_prompt_tlast,
    .s_axis_prompt_tvalid, .s_axis_prompt_tready, .m_axis_token_tdata, .m_axis_token_tid,
    .m_axis_token_tlast, .m_axis_token_tvalid,
    .m_axis_token_tready, .s_axi_awid, .s_axi_awaddr, .s_axi_awlen, .s_axi_awsize, .s_axi_awburst,
    .s_axi_awvalid, .s_axi_awready, .s_axi_wdata, .s_axi_wstrb, .s_axi_wlast, .s_axi_wvalid,
    .s_axi_wready, .s_axi_bid, .s_axi_bresp, .s_axi_bvalid, .s_axi_bready, .s_axi_arid,
    .s_axi_araddr, .s_axi_arlen, .s_axi_arsize, .s_axi_arburst, .s_axi_arvalid, .s_axi_arready,
    .s_axi_rid, .s_axi_rdata, .s_axi_rresp, .s_axi_rlast, .s_axi_rvalid, .s_axi_rready
  );

  // Before reset registers hold anything, and blocks without a reset of their own see it.
  initial $assertoff;
  always_ff @(posedge clk_i) if (!rst_ni) $asserton;

  rom_loader u_loader ();

endmodule

bind roma_top roma_tracer #(
  .COLUMNS (COLUMNS),
  .ROWS    (ROWS),
  .H_BLOCK (H_BLOCK),
  .Q_PER_KV(Q_PER_KV),
  .TOKENS  (TOKENS)
) u_tracer (.*);
`default_nettype wire
