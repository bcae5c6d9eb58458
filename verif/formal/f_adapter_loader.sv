// The adapter loader with any image on its stream, whole, broken or too long.
`default_nettype none
module f_adapter_loader
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS       = 2,
  parameter int unsigned ROWS          = 2,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 2
) (
  input wire logic         clk_i,
  input wire logic         rst_ni,
  input wire logic         start_i,
  input wire logic [31:0]  slot_i,
  input wire logic         in_use_i,
  input wire logic         kv_busy_i,
  input wire logic [31:0]  model_id_i,
  input wire logic         img_valid_i,
  input wire logic [135:0] img_data_i,
  input wire logic         img_last_i
);

  logic         done_o, img_ready_o, ld_valid_o;
  status_e      status_o;
  logic [31:0]  info_o, ld_addr_o;
  logic [ADAPTER_SLOTS-1:0] slot_full_o;
  logic [7:0]   ld_col_o, ld_row_o;
  logic [135:0] ld_data_o;

  adapter_loader #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .H_BLOCK(16), .ADAPTER_SLOTS(ADAPTER_SLOTS),
    .ADAPTER_WORDS(ADAPTER_WORDS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned WORDS = COLUMNS * ROWS * ADAPTER_WORDS;

  logic        busy_q, header_q, legal_q, last_q, full_before_q;
  logic [31:0] slot_q;
  logic [4:0]  words_q;   // of the body, up to one too many
  logic        beat, legal;
  logic [ADAPTER_SLOTS-1:0] full_q;
  logic in_use_q;
  assign beat  = img_valid_i && img_ready_o;
  assign legal = !in_use_q && slot_q < ADAPTER_SLOTS && img_data_i[31:0] == ADAPTER_MAGIC
                 && img_data_i[63:32] == model_id_i && img_data_i[95:64] == ADAPTER_WORDS && !img_last_i;

  always_ff @(posedge clk_i) begin
    last_q <= rst_ni && beat && img_last_i;
    full_q <= slot_full_o;
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      legal_q <= 1'b0;
      words_q <= '0;
    end else if (!busy_q) begin
      busy_q   <= start_i;
      header_q <= 1'b1;
      slot_q   <= slot_i;
      in_use_q <= in_use_i;
      legal_q  <= 1'b0;
      words_q  <= '0;
    end else if (beat) begin
      busy_q   <= !img_last_i;
      header_q <= 1'b0;
      if (header_q) legal_q <= legal;
      else if (32'(words_q) <= WORDS) words_q <= words_q + 5'd1;
    end
  end

  logic whole;
  logic [ADAPTER_SLOTS-1:0] own;
  always_comb begin
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) own[s] = slot_q == s;
  end
  assign whole = legal_q && 32'(words_q) == WORDS;

  always_comb begin
    if (started_q && rst_ni) begin
      m_start: assume (!start_i || !busy_q);
      a_takes: assert (img_ready_o == (busy_q && !kv_busy_i));
      a_one_done: assert (done_o == last_q);
      a_refused_writes_nothing: assert (!ld_valid_o || (legal_q && words_q != 0));
      a_inside_slot: assert (!ld_valid_o || (ld_addr_o >= slot_q * ADAPTER_WORDS
          && ld_addr_o < (slot_q + 1) * ADAPTER_WORDS && 32'(ld_col_o) < COLUMNS
          && 32'(ld_row_o) < ROWS));
      a_full: assert ((slot_full_o & ~full_q & ~(done_o && status_o == StOk ? own : '0)) == 0);
      a_empty_while_written: assert (!(busy_q && legal_q) || !slot_full_o[slot_q]);
      a_ok: assert (!done_o || (status_o == StOk) == whole);
      c_loaded: cover (done_o && whole && slot_full_o != 0);
      c_late: cover (done_o && legal_q && 32'(words_q) > WORDS);
    end
  end

endmodule
`default_nettype wire
