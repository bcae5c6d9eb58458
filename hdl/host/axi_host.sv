// The chip's face towards a system: registers, token streams, image port, interrupt.
//
//   s_axil (roma_regs) -> host_commands -> cmd        rsp -> responses -> roma_regs, irq_o
//   s_axis_prompt -> prompt queue -> prompt           tok -> token_out -> m_axis_token
//   s_axi -> image_write -> image_packer -> img       s_axi reads -> image_read (SLVERR)
//
// Interface  AXI ports have AXI's own names. s_axil: AXI4-Lite, map hdl/host/roma_regs.rdl.
//            s_axis_prompt: a token a beat, TDEST its sequence, TLAST means nothing (RUN says how many).
//            m_axis_token: a token a beat, TID its sequence, TLAST with the last one of a RUN. s_axi: AXI4,
//            writes of adapter images.
//            The rest is the host side of roma_top, golden/SPEC.md chapter 6. core_rst_no resets the
//            chip, with rst_ni or by the register (SOFT_CYCLES long).
//            A command is issued with the registers as they are when COMMAND is written.
// Latency    Of the parts: host_commands, token_out, image_packer. Prompt tokens and responses: a cycle.
// Parameters See hdl/README.md for the chip's own; BUS 4 to 128: bytes of the image port; ID_W 1 to 32;
//            WINDOW_W 8 to 32: log2 of the image window; PROMPT_DEPTH 1 to 32767, TOKEN_DEPTH and
//            RESPONSE_DEPTH 1 to 255.
// Golden     golden/axi_host.py
`default_nettype none
module axi_host
  import roma_pkg::*;
  import host_pkg::*;
#(
  parameter int unsigned COLUMNS        = 2,
  parameter int unsigned ROWS           = 2,
  parameter int unsigned H_BLOCK        = 16,
  parameter int unsigned CONTEXT        = 8,
  parameter int unsigned TOKENS         = 2,
  parameter int unsigned SEQUENCES      = 1,
  parameter int unsigned ADAPTER_SLOTS  = 2,
  parameter int unsigned ADAPTER_WORDS  = 8,
  parameter int unsigned MAX_RANK       = 4,
  parameter int unsigned VOCAB_ROWS     = 4,
  parameter int unsigned BUS            = 8,
  parameter int unsigned ID_W           = 4,
  parameter int unsigned WINDOW_W       = 26,
  parameter int unsigned PROMPT_DEPTH   = 64,
  parameter int unsigned TOKEN_DEPTH    = 16,
  parameter int unsigned RESPONSE_DEPTH = 4,
  localparam int unsigned Beat          = H_BLOCK + 1,
  localparam int unsigned StatusW       = $bits(status_e)
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  output logic                    irq_o,
  // Registers
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
  input  wire logic               s_axi_rready,
  // Chip
  output logic                    core_rst_no,
  output logic                    cmd_valid_o,
  input  wire logic               cmd_ready_i,
  output logic [2:0]              cmd_op_o,
  output seq_t                    cmd_seq_o,
  output logic [31:0]             cmd_arg_o,
  input  wire logic               rsp_valid_i,
  output logic                    rsp_ready_o,
  input  wire logic [2:0]         rsp_op_i,
  input  wire seq_t               rsp_seq_i,
  input  wire logic [StatusW-1:0] rsp_status_i,
  input  wire logic [31:0]        rsp_info_i,
  output logic                    prompt_valid_o,
  input  wire logic               prompt_ready_i,
  output seq_t                    prompt_seq_o,
  output logic [31:0]             prompt_token_o,
  input  wire logic               tok_valid_i,
  output logic                    tok_ready_o,
  input  wire seq_t               tok_seq_i,
  input  wire logic [31:0]        tok_token_i,
  output logic                    img_valid_o,
  input  wire logic               img_ready_i,
  output logic [Beat*8-1:0]       img_data_o,
  output logic                    img_last_o
);

  if (RESPONSE_DEPTH < 1 || RESPONSE_DEPTH > 255) begin : gen_bad_responses
    $fatal(1, "axi_host: RESPONSE_DEPTH is %0d, legal: 1 to 255", RESPONSE_DEPTH);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "axi_host: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (H_BLOCK < 16 || H_BLOCK % 8 != 0) begin : gen_bad_block
    $fatal(1, "axi_host: H_BLOCK is %0d, legal: a multiple of 8, at least 16", H_BLOCK);
  end

  localparam int unsigned SoftCycles = 16;  // longer than any pipeline that a reset does not reach
  localparam int unsigned CountW     = $clog2(BUS + 1);

  roma_regs_pkg::roma_regs__in_t  regs_in;
  roma_regs_pkg::roma_regs__out_t regs;

  // ---- Reset of the chip -------------------------------------------------------------------------
  logic [4:0] soft_q;
  logic       soft_ni;

  assign soft_ni     = rst_ni && soft_q == '0 && !regs.CONTROL.soft_reset.value;
  assign core_rst_no = soft_ni;
  always_ff @(posedge clk_i) begin
    if (soft_q != '0) soft_q <= soft_q - 5'd1;
    if (regs.CONTROL.soft_reset.value) soft_q <= 5'(SoftCycles - 1);
    if (!rst_ni) soft_q <= '0;
  end

  // ---- Commands and responses --------------------------------------------------------------------
  logic        issue_q, cmd_taken, busy_error, length_error, waits, load_waits, loading, open;
  logic [3:0]  runs;
  seq_t        rsp_seq;
  logic        rsp_beat, rsp_valid, rsp_pop, pop_error, run_taken, load_taken;
  logic [2:0]  rsp_op;
  logic [31:0] image_bytes, rsp_info;
  logic [15:0] rsp_level;
  logic [StatusW-1:0] rsp_status;

  always_ff @(posedge clk_i) issue_q <= regs.COMMAND.op.swmod && rst_ni;

  host_commands #(.BEAT(Beat), .WINDOW_W(WINDOW_W)) u_commands (
    .clk_i, .rst_ni(soft_ni), .write_i(issue_q), .op_i(regs.COMMAND.op.value),
    .seq_i(regs.COMMAND.seq.value), .arg_i(regs.COMMAND_ARG.arg.value),
    .image_bytes_i(regs.IMAGE_BYTES.bytes.value),
    .busy_error_o(busy_error), .length_error_o(length_error), .cmd_valid_o, .cmd_ready_i,
    .op_o(cmd_op_o), .seq_o(cmd_seq_o), .arg_o(cmd_arg_o), .bytes_o(image_bytes), .taken_o(cmd_taken),
    .answered_i(rsp_beat), .answered_op_i(rsp_op_i), .answered_seq_i(rsp_seq_i),
    .waits_o(waits), .load_waits_o(load_waits), .runs_o(runs), .loading_o(loading), .open_o(open)
  );

  assign run_taken  = cmd_taken && cmd_op_o == CmdRun;
  assign load_taken = cmd_taken && cmd_op_o == CmdLoad;
  assign rsp_beat   = rsp_valid_i && rsp_ready_o;
  assign rsp_pop    = regs.RESPONSE_POP.pop.value;
  assign pop_error  = rsp_pop && !rsp_valid;

  host_fifo #(.WIDTH(37 + StatusW), .DEPTH(RESPONSE_DEPTH)) u_responses (
    .clk_i, .rst_ni(soft_ni), .flush_i(1'b0), .in_valid_i(rsp_valid_i), .in_ready_o(rsp_ready_o),
    .in_data_i({rsp_seq_i, rsp_op_i, rsp_status_i, rsp_info_i}), .out_valid_o(rsp_valid),
    .out_ready_i(rsp_pop), .out_data_o({rsp_seq, rsp_op, rsp_status, rsp_info}), .level_o(rsp_level)
  );

  // ---- Tokens ------------------------------------------------------------------------------------
  logic [15:0] prompt_level, token_level;
  logic        token_readable, nowhere, nowhere_error;

  // The chip would let a token without a sequence wait forever, and all others behind it.
  assign nowhere       = 32'(s_axis_prompt_tdest) >= SEQUENCES;
  assign nowhere_error = s_axis_prompt_tvalid && s_axis_prompt_tready && nowhere;

  host_fifo #(.WIDTH(34), .DEPTH(PROMPT_DEPTH)) u_prompt (
    .clk_i, .rst_ni(soft_ni), .flush_i(regs.CONTROL.flush_prompt.value),
    .in_valid_i(s_axis_prompt_tvalid && !nowhere), .in_ready_o(s_axis_prompt_tready),
    .in_data_i({s_axis_prompt_tdest, s_axis_prompt_tdata}), .out_valid_o(prompt_valid_o),
    .out_ready_i(prompt_ready_i), .out_data_o({prompt_seq_o, prompt_token_o}), .level_o(prompt_level)
  );

  token_out #(.DEPTH(TOKEN_DEPTH), .SEQUENCES(SEQUENCES)) u_tokens (
    .clk_i, .rst_ni, .soft_ni, .run_i(run_taken), .run_seq_i(cmd_seq_o), .max_new_i(cmd_arg_o[31:16]),
    .done_i(rsp_beat && rsp_op_i == CmdRun), .done_seq_i(rsp_seq_i), .tok_valid_i, .tok_ready_o,
    .tok_seq_i, .tok_token_i, .m_axis_tvalid(m_axis_token_tvalid), .m_axis_tready(m_axis_token_tready),
    .m_axis_tdata(m_axis_token_tdata), .m_axis_tid(m_axis_token_tid), .m_axis_tlast(m_axis_token_tlast),
    .readable_o(token_readable), .level_o(token_level)
  );

  // ---- Images ------------------------------------------------------------------------------------
  logic              image_open, by_valid, by_ready, write_error, read_error;
  logic [31:0]       image_offset, write_info, read_info;
  logic [BUS*8-1:0]  by_data;
  logic [CountW-1:0] by_count;
  logic [7:0]        write_code;

  image_write #(.BUS(BUS), .ID_W(ID_W), .WINDOW_W(WINDOW_W)) u_write (
    .clk_i, .rst_ni, .soft_ni, .s_axi_awid, .s_axi_awaddr, .s_axi_awlen, .s_axi_awsize,
    .s_axi_awburst, .s_axi_awvalid, .s_axi_awready, .s_axi_wdata, .s_axi_wstrb, .s_axi_wlast,
    .s_axi_wvalid, .s_axi_wready, .s_axi_bid, .s_axi_bresp, .s_axi_bvalid, .s_axi_bready,
    .open_i(load_taken), .bytes_i(image_bytes), .load_waits_i(load_waits), .open_o(image_open),
    .offset_o(image_offset), .by_valid_o(by_valid), .by_ready_i(by_ready), .by_data_o(by_data),
    .by_count_o(by_count), .error_valid_o(write_error), .error_o(write_code),
    .error_info_o(write_info)
  );

  image_packer #(.BEAT(Beat), .BUS(BUS)) u_packer (
    .clk_i, .rst_ni(soft_ni), .open_i(load_taken), .bytes_i(image_bytes), .in_valid_i(by_valid),
    .in_ready_o(by_ready), .in_data_i(by_data), .in_count_i(by_count), .img_valid_o, .img_ready_i,
    .img_data_o, .img_last_o
  );

  image_read #(.BUS(BUS), .ID_W(ID_W)) u_read (
    .clk_i, .rst_ni, .s_axi_arid, .s_axi_araddr, .s_axi_arlen, .s_axi_arvalid, .s_axi_arready,
    .s_axi_rid, .s_axi_rdata, .s_axi_rresp, .s_axi_rlast, .s_axi_rvalid, .s_axi_rready,
    .error_valid_o(read_error), .error_info_o(read_info)
  );

  // ---- Errors and interrupt ------------------------------------------------------------------------
  logic        any_error;
  logic [7:0]  error_code;
  logic [31:0] error_info;
  logic [15:0] error_count;

  host_errors #(.SOURCES(6)) u_errors (
    .clk_i, .rst_ni,
    .valid_i({nowhere_error, read_error, write_error, length_error, pop_error, busy_error}),
    .code_i({ErrPromptDest, ErrImageRead, write_code, ErrImageLength, ErrResponseEmpty, ErrCommandBusy}),
    .info_i({32'(s_axis_prompt_tdest), read_info, write_info, image_bytes, 32'd0,
             32'(regs.COMMAND.op.value)}),
    .clear_i(regs.ERROR_CLEAR.clear.value), .any_o(any_error), .code_o(error_code),
    .info_o(error_info), .count_o(error_count)
  );

  assign irq_o = regs.IRQ_STATUS.response.value && regs.IRQ_ENABLE.response.value ||
                 regs.IRQ_STATUS.token.value && regs.IRQ_ENABLE.token.value ||
                 regs.IRQ_STATUS.error.value && regs.IRQ_ENABLE.error.value ||
                 regs.IRQ_STATUS.load_done.value && regs.IRQ_ENABLE.load_done.value;

  // ---- Registers -----------------------------------------------------------------------------------
  always_comb begin
    regs_in.CAP_MESH.columns.next         = 8'(COLUMNS);
    regs_in.CAP_MESH.rows.next            = 8'(ROWS);
    regs_in.CAP_MESH.h_block.next         = 16'(H_BLOCK);
    regs_in.CAP_CONTEXT.positions.next    = CONTEXT;
    regs_in.CAP_ADAPTER.slots.next        = 16'(ADAPTER_SLOTS);
    regs_in.CAP_ADAPTER.max_rank.next     = 16'(MAX_RANK);
    regs_in.CAP_IMAGE.bytes.next          = (1 + ADAPTER_WORDS * COLUMNS * ROWS) * Beat;
    regs_in.CAP_VOCAB.rows.next           = VOCAB_ROWS * COLUMNS;
    regs_in.CAP_QUEUES.prompt.next        = 16'(PROMPT_DEPTH);
    regs_in.CAP_QUEUES.token.next         = 8'(TOKEN_DEPTH);
    regs_in.CAP_QUEUES.response.next      = 8'(RESPONSE_DEPTH);
    regs_in.CAP_SEQUENCES.sequences.next  = 8'(SEQUENCES);
    regs_in.CAP_SEQUENCES.tokens.next     = 8'(TOKENS);
    regs_in.IMAGE_OFFSET.bytes.next       = image_offset;
    regs_in.STATUS.busy.next              = waits || open || !soft_ni;
    regs_in.STATUS.command_waits.next     = waits;
    regs_in.STATUS.running.next           = runs != '0;
    regs_in.STATUS.runs.next              = runs;
    regs_in.STATUS.loading.next           = loading;
    regs_in.STATUS.image_open.next        = image_open;
    regs_in.STATUS.resetting.next         = !soft_ni;
    regs_in.PROMPT_QUEUE.tokens.next      = prompt_level;
    regs_in.PROMPT_QUEUE.space.next       = 16'(PROMPT_DEPTH) - prompt_level;
    regs_in.OUT_QUEUES.token.next         = token_level;
    regs_in.OUT_QUEUES.response.next      = rsp_level;
    regs_in.RESPONSE.status.next          = 8'(rsp_status);
    regs_in.RESPONSE.op.next              = rsp_op;
    regs_in.RESPONSE.seq.next             = rsp_seq;
    regs_in.RESPONSE.valid.next           = rsp_valid;
    regs_in.RESPONSE_INFO.info.next       = rsp_info;
    regs_in.IRQ_STATUS.response.hwset     = rsp_beat;
    regs_in.IRQ_STATUS.token.hwset        = token_readable;
    regs_in.IRQ_STATUS.error.hwset        = any_error;
    regs_in.IRQ_STATUS.load_done.hwset    = rsp_beat && rsp_op_i == CmdLoad;
    regs_in.ERROR.code.next               = error_code;
    regs_in.ERROR.count.next              = error_count;
    regs_in.ERROR_INFO.info.next          = error_info;
    regs_in.CYCLES.cycles.incr            = 1'b1;
    regs_in.RUN_CYCLES.cycles.incr        = runs != '0;
    regs_in.TOKENS.tokens.incr            = tok_valid_i && tok_ready_o;
  end

  roma_regs u_regs (
    .clk(clk_i), .rst_n(rst_ni), .s_axil_awready, .s_axil_awvalid, .s_axil_awaddr, .s_axil_awprot,
    .s_axil_wready, .s_axil_wvalid, .s_axil_wdata, .s_axil_wstrb, .s_axil_bready, .s_axil_bvalid,
    .s_axil_bresp, .s_axil_arready, .s_axil_arvalid, .s_axil_araddr, .s_axil_arprot, .s_axil_rready,
    .s_axil_rvalid, .s_axil_rdata, .s_axil_rresp, .hwif_in(regs_in), .hwif_out(regs)
  );

endmodule
`default_nettype wire
