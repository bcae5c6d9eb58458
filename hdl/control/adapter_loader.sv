// Loads LoRA adapter images into the SRAM of the matrix units. Checks the header first: a refused
// image is read to its last beat and changes nothing.
//
// Interface  start_i for one cycle with slot_i, in_use_i (tokens need the slot: refused); then the image
//            on img_* (valid/ready): header beat {..., words_per_unit, model_id, magic}, then
//            words_per_unit words for every unit, units column-major. done_o for one cycle with
//            status_o, info_o = words per unit (or the slot).
//            ld_* writes go to all units, ld_col/ld_row say whose they are. slot_full_o: slots that
//            hold a whole adapter; a slot is empty from its header on until its last word.
//            Tokens may run: kv_busy_i, a register, says that words of K or V are on their way to the
//            SRAM's write port, and then no beat is taken. Nothing ever waits for the loader.
// Latency    one word a cycle but for that, written in the cycle after its handshake; done_o
//            in the cycle after the last beat.
// Parameters COLUMNS, ROWS >= 1; H_BLOCK a multiple of 8, at least 16; ADAPTER_SLOTS 1 to 15;
//            ADAPTER_WORDS >= 1.
// Golden     golden/adapter_loader.py
`default_nettype none
module adapter_loader
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS       = 2,
  parameter int unsigned ROWS          = 2,
  parameter int unsigned H_BLOCK       = 16,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 4,
  localparam int unsigned WORD_W       = H_BLOCK * 8 + 8
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              start_i,
  input  wire logic [31:0]       slot_i,
  input  wire logic              in_use_i,
  input  wire logic [31:0]       model_id_i,
  output logic                   done_o,
  output status_e                status_o,
  output logic [31:0]            info_o,
  output logic [ADAPTER_SLOTS-1:0] slot_full_o,
  input  wire logic              img_valid_i,
  output logic                   img_ready_o,
  input  wire logic [WORD_W-1:0] img_data_i,
  input  wire logic              img_last_i,
  input  wire logic              kv_busy_i,
  output logic                   ld_valid_o,
  output logic [7:0]             ld_col_o,
  output logic [7:0]             ld_row_o,
  output logic [31:0]            ld_addr_o,
  output logic [WORD_W-1:0]      ld_data_o
);

  if (H_BLOCK < 16 || H_BLOCK % 8 != 0) begin : gen_bad_block
    $fatal(1, "adapter_loader: H_BLOCK is %0d, legal: a multiple of 8, at least 16", H_BLOCK);
  end
  if (ADAPTER_SLOTS < 1 || ADAPTER_SLOTS > 15) begin : gen_bad_slots
    $fatal(1, "adapter_loader: ADAPTER_SLOTS is %0d, legal: 1 to 15", ADAPTER_SLOTS);
  end
  if (ADAPTER_WORDS < 1) begin : gen_bad_words
    $fatal(1, "adapter_loader: ADAPTER_WORDS is %0d, legal: >= 1", ADAPTER_WORDS);
  end
  if (COLUMNS < 1 || COLUMNS > 64 || ROWS < 1 || ROWS > 64) begin : gen_bad_mesh
    $fatal(1, "adapter_loader: COLUMNS x ROWS is %0d x %0d, legal: 1 to 64 each", COLUMNS, ROWS);
  end

  typedef enum logic [1:0] {Idle, Header, Body, Drop} state_e;

  state_e      state_q;
  status_e     status_q;
  logic [31:0] info_q, slot_q, base_q, left_q;
  logic [7:0]  col_q, row_q;
  logic [ADAPTER_SLOTS-1:0] full_q;
  logic        done_q, write_q, in_use_q;
  logic [7:0]  write_col_q, write_row_q;
  logic [31:0] write_addr_q;
  logic [WORD_W-1:0] write_data_q;

  logic        beat, last_of_unit, last_row, last_col, complete;
  logic [31:0] magic, model_id, words;
  status_e     verdict;

  // A beat in this cycle is a write in the next one. The words of a send that issues in this cycle reach
  // the units later than that, and the flag is up until its last word is written.
  assign img_ready_o  = state_q != Idle && !kv_busy_i;
  assign beat         = img_valid_i && img_ready_o;
  assign {words, model_id, magic} = img_data_i[95:0];
  assign last_of_unit = left_q == 32'd1;
  assign last_row     = row_q == 8'(ROWS - 1);
  assign last_col     = col_q == 8'(COLUMNS - 1);
  assign complete     = last_of_unit && last_row && last_col;

  always_comb begin
    verdict = StOk;
    if (slot_q >= ADAPTER_SLOTS) verdict = StNoAdapter;
    else if (in_use_q) verdict = StAdapterInUse;
    else if (magic != ADAPTER_MAGIC || model_id != model_id_i) verdict = StAdapterBad;
    else if (words > ADAPTER_WORDS) verdict = StAdapterTooLarge;
    else if (words != ADAPTER_WORDS || img_last_i) verdict = StAdapterBad;
  end

  always_ff @(posedge clk_i) begin
    write_q <= 1'b0;
    done_q  <= 1'b0;
    unique case (state_q)
      Idle: begin
        if (start_i) begin
          state_q  <= Header;
          slot_q   <= slot_i;
          in_use_q <= in_use_i;
        end
      end
      Header: begin
        if (beat) begin
          status_q <= verdict;
          info_q   <= verdict inside {StNoAdapter, StAdapterInUse} ? slot_q : words;
          left_q   <= ADAPTER_WORDS;
          col_q    <= '0;
          row_q    <= '0;
          // A product with a constant, once an image.
          base_q   <= slot_q * ADAPTER_WORDS;
          if (verdict == StOk) full_q <= full_q & ~(ADAPTER_SLOTS'(1) << slot_q);
          state_q  <= verdict == StOk ? Body : Drop;
          if (img_last_i) begin
            state_q <= Idle;
            done_q  <= 1'b1;
          end
        end
      end
      Body: begin
        if (beat) begin
          write_q      <= 1'b1;
          write_col_q  <= col_q;
          write_row_q  <= row_q;
          write_addr_q <= base_q + ADAPTER_WORDS - left_q;
          write_data_q <= img_data_i;
          left_q       <= last_of_unit ? ADAPTER_WORDS : left_q - 32'd1;
          if (last_of_unit) begin
            row_q <= last_row ? '0 : row_q + 8'd1;
            if (last_row) col_q <= col_q + 8'd1;
          end
          if (img_last_i) begin
            state_q <= Idle;
            done_q  <= 1'b1;
            if (complete) full_q <= full_q | ADAPTER_SLOTS'(1) << slot_q;
            else status_q <= StAdapterBad;
          end else if (complete) begin
            state_q  <= Drop;
            status_q <= StAdapterBad;
          end
        end
      end
      default: begin  // Drop
        if (beat && img_last_i) begin
          state_q <= Idle;
          done_q  <= 1'b1;
        end
      end
    endcase
    if (!rst_ni) begin
      state_q  <= Idle;
      full_q   <= '0;
      write_q  <= 1'b0;
      done_q   <= 1'b0;
    end
  end

  assign done_o      = done_q;
  assign status_o    = status_q;
  assign info_o      = info_q;
  assign slot_full_o = full_q;
  assign ld_valid_o  = write_q;
  assign ld_col_o    = write_col_q;
  assign ld_row_o    = write_row_q;
  assign ld_addr_o   = write_addr_q;
  assign ld_data_o   = write_data_q;

`ifndef SYNTHESIS
  a_img_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 img_valid_i && !img_ready_o |=>
                                 img_valid_i && $stable(img_data_i) && $stable(img_last_i));
  a_start_when_idle: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      start_i |-> state_q == Idle);
`endif

endmodule
`default_nettype wire
