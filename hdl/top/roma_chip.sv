// A chip for a system: roma_top behind axi_host.
//
// Interface  axi_host's: AXI4-Lite registers, AXI4-Stream tokens in and out, AXI4 writes of adapter
//            images, an interrupt. docs/host-interface.md is a driver's view. ROM contents are put into
//            the `mem` arrays of u_core before the first clock edge.
// Latency    axi_host's and roma_top's.
// Parameters Those of roma_top; those of axi_host (BUS, ID_W, WINDOW_W, PROMPT_DEPTH, TOKEN_DEPTH,
//            RESPONSE_DEPTH).
// Golden     golden/axi_host.py, golden/chip.py
`default_nettype none
module roma_chip
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS       = 2,
  parameter int unsigned ROWS          = 2,
  parameter int unsigned WEIGHT_BITS   = 4,
  parameter int unsigned WORD_BITS     = 32,
  parameter int unsigned BLOCK         = 16,
  parameter int unsigned H_BLOCK       = 16,
  parameter int unsigned GROUP_BLOCKS  = 1,
  parameter int unsigned FRAC_BITS     = 4,
  parameter int unsigned HOPS          = 1,
  parameter int unsigned ACC_DEPTH     = 4,
  parameter int unsigned MAX_CHUNKS    = 2,
  parameter int unsigned ROM_WORDS     = 16,
  parameter int unsigned SCALE_WORDS   = 8,
  parameter int unsigned SRAM_WORDS    = 32,
  parameter int unsigned VMEM_WORDS    = 32,
  parameter int unsigned ATT_BASE      = 16,
  parameter int unsigned T_BASE        = 24,
  parameter int unsigned EMBED_WORDS   = 32,
  parameter int unsigned NORM_WORDS    = 24,
  parameter int unsigned ROPE_WORDS    = 64,
  parameter int unsigned HEAD_DIM      = 16,
  parameter int unsigned Q_PER_KV      = 1,
  parameter int unsigned CPK           = 1,
  parameter int unsigned KV_SLOTS      = 4,
  parameter int unsigned Q_WORDS       = 8,
  parameter int unsigned K_WORDS       = 8,
  parameter int unsigned T_BLOCKS      = 1,
  parameter int unsigned HIDDEN_WORDS  = 8,
  parameter int unsigned VOCAB_ROWS    = 4,
  parameter int unsigned MAX_RANK      = 4,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 8,
  parameter int unsigned STOP_TOKENS   = 4,
  parameter int unsigned TOKENS        = 2,
  parameter int unsigned SEQUENCES     = 1,
  parameter int unsigned SEQUENCE_WORDS = 16,
  parameter int unsigned CONTEXT       = 8,
  parameter int unsigned PROGRAM_WORDS = 8,
  parameter logic [31:0] ATTN_SCALE    = 32'h3e80_0000,
  parameter logic [31:0] INV_HIDDEN    = 32'h3d00_0000,
  parameter logic [31:0] RMS_EPS       = 32'h3727_c5ac,
  parameter int unsigned BUS            = 8,
  parameter int unsigned ID_W           = 4,
  parameter int unsigned WINDOW_W       = 26,
  parameter int unsigned PROMPT_DEPTH   = 64,
  parameter int unsigned TOKEN_DEPTH    = 16,
  parameter int unsigned RESPONSE_DEPTH = 4
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

  logic        core_rst_n;
  logic        cmd_valid, cmd_ready, rsp_valid, rsp_ready, prompt_valid, prompt_ready;
  logic        tok_valid, tok_ready, img_valid, img_ready, img_last;
  logic [2:0]  cmd_op, rsp_op;
  seq_t        cmd_seq, rsp_seq, prompt_seq, tok_seq;
  logic [31:0] cmd_arg, rsp_info, prompt_token, tok_token;
  status_e     rsp_status;
  logic [H_BLOCK*8+7:0] img_data;

  axi_host #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .H_BLOCK(H_BLOCK), .CONTEXT(CONTEXT),
    .TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .ADAPTER_SLOTS(ADAPTER_SLOTS),
    .ADAPTER_WORDS(ADAPTER_WORDS), .MAX_RANK(MAX_RANK),
    .VOCAB_ROWS(VOCAB_ROWS), .BUS(BUS), .ID_W(ID_W), .WINDOW_W(WINDOW_W),
    .PROMPT_DEPTH(PROMPT_DEPTH), .TOKEN_DEPTH(TOKEN_DEPTH), .RESPONSE_DEPTH(RESPONSE_DEPTH)
  ) u_host (
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
    .s_axi_rid, .s_axi_rdata, .s_axi_rresp, .s_axi_rlast, .s_axi_rvalid, .s_axi_rready,
    .core_rst_no(core_rst_n), .cmd_valid_o(cmd_valid), .cmd_ready_i(cmd_ready), .cmd_op_o(cmd_op),
    .cmd_seq_o(cmd_seq), .cmd_arg_o(cmd_arg), .rsp_valid_i(rsp_valid), .rsp_ready_o(rsp_ready),
    .rsp_op_i(rsp_op), .rsp_seq_i(rsp_seq), .rsp_status_i(rsp_status), .rsp_info_i(rsp_info),
    .prompt_valid_o(prompt_valid),
    .prompt_ready_i(prompt_ready), .prompt_seq_o(prompt_seq), .prompt_token_o(prompt_token),
    .tok_valid_i(tok_valid), .tok_ready_o(tok_ready), .tok_seq_i(tok_seq), .tok_token_i(tok_token),
    .img_valid_o(img_valid),
    .img_ready_i(img_ready), .img_data_o(img_data), .img_last_o(img_last)
  );

  roma_top #(
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
  ) u_core (
    .clk_i, .rst_ni(core_rst_n), .cmd_valid_i(cmd_valid), .cmd_ready_o(cmd_ready),
    .cmd_op_i(cmd_op), .cmd_seq_i(cmd_seq), .cmd_arg_i(cmd_arg), .rsp_valid_o(rsp_valid),
    .rsp_ready_i(rsp_ready), .rsp_op_o(rsp_op), .rsp_seq_o(rsp_seq), .rsp_status_o(rsp_status),
    .rsp_info_o(rsp_info),
    .prompt_valid_i(prompt_valid), .prompt_ready_o(prompt_ready), .prompt_seq_i(prompt_seq),
    .prompt_token_i(prompt_token), .tok_valid_o(tok_valid), .tok_ready_i(tok_ready),
    .tok_seq_o(tok_seq), .tok_token_o(tok_token),
    .img_valid_i(img_valid), .img_ready_o(img_ready), .img_data_i(img_data), .img_last_i(img_last)
  );

endmodule
`default_nettype wire
