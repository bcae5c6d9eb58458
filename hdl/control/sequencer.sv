// Sequencer: walks one token through the programme ROM and issues each operation to its engine when
// the engine is ready and every engine that the instruction names is idle.
//
// Interface  token_start_i for one cycle (a) with token_i, sample_i: word 1 of the programme is in the
//            instruction register in a+1. done_o for one cycle, the one behind END's issue. Engines get
//            start_*_o with instr_o in the issue cycle; their flags are registered.
//            pos_set_i (only while no token runs) replaces the position: 0 for a new sequence, the old
//            one to undo refused prompt tokens. header_o is word 0, read behind reset.
// Latency    one instruction a cycle when nothing waits; a skipped one costs its cycle.
// Parameters PROGRAM_WORDS >= 2; GROUP_UNITS >= 1 matrix units that share a KV head.
// Golden     golden/timing.py Timing.issue, golden/program.py
`default_nettype none
module sequencer
  import roma_pkg::*;
#(
  parameter int unsigned PROGRAM_WORDS = 4,
  parameter int unsigned GROUP_UNITS   = 2
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  // Host side
  input  wire logic        token_start_i,
  input  wire logic [31:0] token_i,
  input  wire logic        sample_i,
  input  wire logic        pos_set_i,
  input  wire position_t   pos_set_value_i,
  output position_t        pos_o,
  output header_t          header_o,
  output logic             header_valid_o,
  output logic             done_o,
  // Engines
  input  wire logic        adapter_on_i,
  input  wire logic [2:0]  ready_i,   // {H, L, V}
  input  wire logic [3:0]  idle_i,    // {N, H, L, V}
  output instr_t           instr_o,
  output logic [2:0]       start_o,   // {H, L, V}
  output logic [31:0]      token_o,
  // Probe
  output logic             pr_issue_valid,
  output logic [31:0]      pr_issue_pc
);

  if (PROGRAM_WORDS < 2) begin : gen_bad_words
    $fatal(1, "sequencer: PROGRAM_WORDS is %0d, legal: >= 2 (header and END)", PROGRAM_WORDS);
  end
  if (GROUP_UNITS < 1 || GROUP_UNITS > 4096) begin : gen_bad_group
    $fatal(1, "sequencer: GROUP_UNITS is %0d, legal: 1 to 4096", GROUP_UNITS);
  end

  // One token in flight: its context, and a program counter into the shared programme.
  typedef struct packed {
    logic        running;
    logic        sample;
    logic [31:0] token;
    logic [31:0] pc;
  } context_t;

  context_t  ctx_q;
  position_t pos_q;
  header_t   header_q;
  logic      boot_q, header_arrives_q, header_valid_q, done_q;

  // ---- Instruction register = output register of the programme ROM -------------------------------
  logic               fetch, advance;
  logic [31:0]        fetch_addr;
  logic [INSTR_W-1:0] word;
  instr_t             instr;

  assign fetch = boot_q || token_start_i || advance;
  always_comb begin
    fetch_addr = ctx_q.pc + 32'd1;
    if (token_start_i) fetch_addr = 32'd1;
    if (boot_q) fetch_addr = 32'd0;
  end

  rom #(.WIDTH(INSTR_W), .DEPTH(PROGRAM_WORDS)) u_program (
    .clk_i,
    .en_i  (fetch),
    .addr_i(fetch_addr),
    .data_o(word)
  );
  assign instr = instr_t'(word);

  // ---- Issue rule ----------------------------------------------------------------------------------
  logic skip, ready, waited, issue, is_end;

  assign is_end = instr.engine == EngEnd;
  assign skip   = (instr.if_lora && !adapter_on_i) || (instr.if_head && !ctx_q.sample);
  assign waited = (instr.wait_for & ~idle_i) == '0;
  always_comb begin
    unique case (instr.engine)
      EngV: ready = ready_i[0];
      EngL: ready = ready_i[1];
      EngH: ready = ready_i[2];
      default: ready = 1'b1;
    endcase
  end

  assign issue   = ctx_q.running && !skip && ready && waited;
  assign advance = ctx_q.running && (skip || issue) && !is_end;

  always_comb begin
    start_o = '0;
    if (issue && !is_end) start_o[instr.engine] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ctx_q            <= '0;
      pos_q            <= '0;
      boot_q           <= 1'b1;
      header_arrives_q <= 1'b0;
      header_valid_q   <= 1'b0;
      done_q           <= 1'b0;
    end else begin
      boot_q           <= 1'b0;
      header_arrives_q <= boot_q;
      if (header_arrives_q) begin
        header_q       <= header_t'(word);
        header_valid_q <= 1'b1;
      end
      done_q <= issue && is_end;
      if (token_start_i) begin
        ctx_q <= '{running: 1'b1, sample: sample_i, token: token_i, pc: 32'd1};
      end else if (issue && is_end) begin
        ctx_q.running <= 1'b0;
      end else if (advance) begin
        ctx_q.pc <= ctx_q.pc + 32'd1;
      end
      if (pos_set_i) begin
        pos_q <= pos_set_value_i;
      end else if (issue && is_end) begin
        pos_q.pos <= pos_q.pos + 13'd1;
        if (32'(pos_q.member) + 1 == GROUP_UNITS) begin
          pos_q.member <= '0;
          pos_q.slot   <= pos_q.slot + 12'd1;
        end else begin
          pos_q.member <= pos_q.member + 12'd1;
        end
      end
    end
  end

  assign instr_o        = instr;
  assign token_o        = ctx_q.token;
  assign pos_o          = pos_q;
  assign header_o       = header_q;
  assign header_valid_o = header_valid_q;
  assign done_o         = done_q;
  assign pr_issue_valid = issue;
  assign pr_issue_pc    = ctx_q.pc;

`ifndef SYNTHESIS
  a_start_when_free: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      token_start_i |-> !ctx_q.running && header_valid_q);
  a_position_when_free: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                         pos_set_i |-> !ctx_q.running);
  a_to_ready_engine: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      (start_o & ~ready_i) == '0);
  a_magic: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            header_valid_q |-> header_q.magic == PROGRAM_MAGIC)
  else $error("sequencer: word 0 of the programme ROM has magic %h", header_q.magic);
`endif

endmodule
`default_nettype wire
