// The command register's way to the chip: one command waits at a time; a LOAD first has the length of
// its image checked.
//
// Interface  write_i for one cycle with op_i, seq_i, arg_i, image_bytes_i: the command is taken, or, if one
//            waits already, busy_error_o in the same cycle. cmd_* to the chip, valid/ready. A LOAD whose
//            image is empty, longer than 2^WINDOW_W bytes or not whole beats of BEAT bytes is dropped
//            with length_error_o. taken_o with op_o, seq_o, arg_o, bytes_o: the chip has the command.
//            answered_i with answered_op_i, answered_seq_i: its response has been taken. waits_o, runs_o
//            (open RUNs by sequence), loading_o, open_o (any command without response) for the status
//            register; load_waits_o: a LOAD waits.
// Latency    cmd_valid_o in the cycle behind write_i; of a LOAD 33 cycles behind: the remainder by BEAT
//            takes a bit of the length each cycle.
// Parameters BEAT 2 to 65536; WINDOW_W 8 to 32.
// Golden     golden/axi_host.py
`default_nettype none
module host_commands
  import roma_pkg::*;
#(
  parameter int unsigned BEAT     = 17,
  parameter int unsigned WINDOW_W = 26
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        write_i,
  input  wire logic [2:0]  op_i,
  input  wire seq_t        seq_i,
  input  wire logic [31:0] arg_i,
  input  wire logic [31:0] image_bytes_i,
  output logic             busy_error_o,
  output logic             length_error_o,
  output logic             cmd_valid_o,
  input  wire logic        cmd_ready_i,
  output logic [2:0]       op_o,
  output seq_t             seq_o,
  output logic [31:0]      arg_o,
  output logic [31:0]      bytes_o,
  output logic             taken_o,
  input  wire logic        answered_i,
  input  wire logic [2:0]  answered_op_i,
  input  wire seq_t        answered_seq_i,
  output logic             waits_o,
  output logic             load_waits_o,
  output logic [3:0]       runs_o,
  output logic             loading_o,
  output logic             open_o
);

  if (BEAT < 2 || BEAT > 65536) begin : gen_bad_beat
    $fatal(1, "host_commands: BEAT is %0d, legal: 2 to 65536", BEAT);
  end
  if (WINDOW_W < 8 || WINDOW_W > 32) begin : gen_bad_window
    $fatal(1, "host_commands: WINDOW_W is %0d, legal: 8 to 32", WINDOW_W);
  end

  typedef enum logic [1:0] {
    Empty,  // takes a command
    Check,  // divides the length of a LOAD's image
    Offer   // waits for the chip
  } state_e;

  state_e      state_q;
  logic [2:0]  op_q;
  seq_t        seq_q;
  logic [31:0] arg_q, bytes_q;
  logic [4:0]  bit_q;
  logic [15:0] rest_q, rest_next;
  logic [16:0] rest_shifted;
  logic [3:0]  runs_q;
  logic        loading_q, other_q;

  assign rest_shifted = {rest_q, bytes_q[bit_q]};
  assign rest_next    = 16'(32'(rest_shifted) >= BEAT ? 32'(rest_shifted) - BEAT : 32'(rest_shifted));

  assign busy_error_o   = write_i && (state_q != Empty || !rst_ni);
  assign length_error_o = state_q == Check && bit_q == '0 &&
                          (rest_next != '0 || bytes_q == '0 || 33'(bytes_q) > 33'd1 << WINDOW_W);
  assign cmd_valid_o  = state_q == Offer;
  assign taken_o      = cmd_valid_o && cmd_ready_i;
  assign op_o         = op_q;
  assign seq_o        = seq_q;
  assign arg_o        = arg_q;
  assign bytes_o      = bytes_q;
  assign waits_o      = state_q != Empty;
  assign load_waits_o = state_q != Empty && op_q == CmdLoad;
  assign runs_o       = runs_q;
  assign loading_o    = loading_q;
  assign open_o       = runs_q != '0 || loading_q || other_q;

  always_ff @(posedge clk_i) begin
    if (answered_i) begin
      unique case (answered_op_i)
        CmdRun:  runs_q[answered_seq_i] <= 1'b0;
        CmdLoad: loading_q <= 1'b0;
        default: other_q <= 1'b0;
      endcase
    end
    unique case (state_q)
      Empty: begin
        if (write_i) begin
          op_q    <= op_i;
          seq_q   <= seq_i;
          arg_q   <= arg_i;
          bytes_q <= image_bytes_i;
          bit_q   <= '1;
          rest_q  <= '0;
          state_q <= op_i == CmdLoad ? Check : Offer;
        end
      end
      Check: begin
        rest_q <= rest_next;
        bit_q  <= bit_q - 5'd1;
        if (bit_q == '0) state_q <= length_error_o ? Empty : Offer;
      end
      default: begin  // Offer
        if (cmd_ready_i) begin
          state_q <= Empty;
          unique case (op_q)
            CmdRun:  runs_q[seq_q] <= 1'b1;
            CmdLoad: loading_q <= 1'b1;
            default: other_q <= 1'b1;
          endcase
        end
      end
    endcase
    if (!rst_ni) begin
      state_q   <= Empty;
      runs_q    <= '0;
      loading_q <= 1'b0;
      other_q   <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  a_cmd_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 cmd_valid_o && !cmd_ready_i |=>
                                 cmd_valid_o && $stable(op_o) && $stable(seq_o) && $stable(arg_o));
`endif

endmodule
`default_nettype wire
