// The command register's way: the command stream's rules, and that what the chip takes is what was written.
`default_nettype none
module f_host_commands
  import roma_pkg::*;
#(
  parameter int unsigned BEAT     = 3,
  parameter int unsigned WINDOW_W = 8
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        write_i,
  input wire logic [2:0]  op_i,
  input wire seq_t        seq_i,
  input wire logic [31:0] arg_i,
  input wire logic [31:0] image_bytes_i,
  input wire logic        cmd_ready_i,
  input wire logic        answered_i,
  input wire logic [2:0]  answered_op_i,
  input wire seq_t        answered_seq_i
);

  logic        busy_error_o, length_error_o, cmd_valid_o, taken_o, waits_o, load_waits_o;
  logic        loading_o, open_o;
  logic [3:0]  runs_o;
  seq_t        seq_o;
  logic [2:0]  op_o;
  logic [31:0] arg_o, bytes_o;

  host_commands #(.BEAT(BEAT), .WINDOW_W(WINDOW_W)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic        stalled_q, waits_q;       // a command waits, counted outside
  logic [5:0]  age_q;                    // cycles that a LOAD has waited, up to 32
  logic [2:0]  op_q, want_op_q;
  seq_t        seq_q, want_seq_q;
  logic [31:0] arg_q, bytes_q, want_arg_q, want_bytes_q;
  logic [3:0]  run_q;                    // taken and not answered
  logic        load_q, other_q;

  always_ff @(posedge clk_i) begin
    stalled_q <= rst_ni && cmd_valid_o && !cmd_ready_i;
    op_q      <= op_o;
    seq_q     <= seq_o;
    arg_q     <= arg_o;
    bytes_q   <= bytes_o;
    if (write_i && !waits_q) begin
      want_op_q    <= op_i;
      want_seq_q   <= seq_i;
      want_arg_q   <= arg_i;
      want_bytes_q <= image_bytes_i;
    end
    if (!rst_ni) begin
      waits_q <= 1'b0;
      run_q   <= '0;
      load_q  <= 1'b0;
      other_q <= 1'b0;
    end else begin
      if (write_i) waits_q <= 1'b1;
      if (waits_q && (length_error_o || (cmd_valid_o && cmd_ready_i))) waits_q <= 1'b0;
      age_q <= waits_q ? age_q + 6'(age_q != 6'd32) : '0;
      if (answered_i) begin
        if (answered_op_i == CmdRun) run_q[answered_seq_i] <= 1'b0;
        else if (answered_op_i == CmdLoad) load_q <= 1'b0;
        else other_q <= 1'b0;
      end
      if (cmd_valid_o && cmd_ready_i) begin
        if (op_o == CmdRun) run_q[seq_o] <= 1'b1;
        else if (op_o == CmdLoad) load_q <= 1'b1;
        else other_q <= 1'b1;
      end
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      a_cmd_held: assert (!stalled_q || cmd_valid_o);
      a_cmd_stable: assert (!stalled_q || (op_o == op_q && seq_o == seq_q && arg_o == arg_q && bytes_o == bytes_q));
      a_waits: assert (waits_o == waits_q && load_waits_o == (waits_q && want_op_q == CmdLoad));
      a_busy_error: assert (busy_error_o == (write_i && waits_q));
      a_written: assert (!(cmd_valid_o || length_error_o) || (waits_q && op_o == want_op_q
                         && seq_o == want_seq_q && arg_o == want_arg_q && bytes_o == want_bytes_q));
      a_only_load: assert (!length_error_o || (!cmd_valid_o && op_o == CmdLoad));
      a_time: assert (!waits_q || cmd_valid_o == (want_op_q != CmdLoad || age_q == 6'd32));
      a_open: assert (runs_o == run_q && loading_o == load_q
                      && open_o == (run_q != 0 || load_q || other_q));
      c_behind: cover (stalled_q && busy_error_o && run_q == 4'b0101);
      c_refused: cover (length_error_o);
    end
  end

endmodule
`default_nettype wire
