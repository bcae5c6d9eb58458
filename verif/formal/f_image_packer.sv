// The packer between a bus that brings whole images, of up to 3 beats, and any loader.
//
// One byte, chosen freely (`mark_i`, `mark_at_i`), is followed: `ahead_q` bytes leave before it.
`default_nettype none
module f_image_packer #(
  parameter int unsigned BEAT = 3,
  parameter int unsigned BUS  = 2,
  localparam int unsigned CountW = $clog2(BUS + 1)
) (
  input wire logic              clk_i,
  input wire logic              rst_ni,
  input wire logic              open_i,
  input wire logic [1:0]        beats_i,
  input wire logic              in_valid_i,
  input wire logic [BUS*8-1:0]  in_data_i,
  input wire logic [CountW-1:0] in_count_i,
  input wire logic              img_ready_i,
  input wire logic              mark_i,
  input wire logic [CountW-1:0] mark_at_i
);

  logic              in_ready_o, img_valid_o, img_last_o;
  logic [BEAT*8-1:0] img_data_o;
  logic [31:0]       bytes_i;
  assign bytes_i = BEAT * 32'(beats_i);

  image_packer #(.BEAT(BEAT), .BUS(BUS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic              stalled_q, in_stalled_q, last_q;
  logic [BEAT*8-1:0] data_q;
  logic [BUS*8-1:0]  in_data_q;
  logic [CountW-1:0] in_count_q;
  logic [4:0]        to_come_q, inside_q, ahead_q;  // bytes
  logic              marked_q;
  logic [7:0]        marked_byte_q, seen;
  logic              in_beat, img_beat;
  assign in_beat  = in_valid_i && in_ready_o;
  assign img_beat = img_valid_o && img_ready_i;

  always_ff @(posedge clk_i) begin
    stalled_q    <= rst_ni && img_valid_o && !img_ready_i;
    in_stalled_q <= rst_ni && in_valid_i && !in_ready_o;
    data_q       <= img_data_o;
    last_q       <= img_last_o;
    in_data_q    <= in_data_i;
    in_count_q   <= in_count_i;
    if (!rst_ni) begin
      to_come_q <= '0;
      inside_q  <= '0;
      marked_q  <= 1'b0;
    end else begin
      if (open_i) to_come_q <= 5'(bytes_i);
      else if (in_beat) to_come_q <= to_come_q - 5'(in_count_i);
      inside_q <= inside_q + (in_beat ? 5'(in_count_i) : '0) - (img_beat ? 5'(BEAT) : '0);
      if (!marked_q && in_beat && mark_i && mark_at_i < in_count_i) begin
        marked_q      <= 1'b1;
        marked_byte_q <= in_data_i[mark_at_i*8+:8];
        ahead_q       <= inside_q + 5'(mark_at_i);
      end else if (marked_q && img_beat) begin
        marked_q <= 32'(ahead_q) >= BEAT;
        ahead_q  <= ahead_q - 5'(BEAT);
      end
    end
  end

  always_comb begin
    seen = '0;
    for (int unsigned i = 0; i < BEAT; i++) begin
      if (32'(ahead_q) == i) seen = img_data_o[(BEAT-1-i)*8+:8];
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_open: assume (!open_i || (to_come_q == 0 && inside_q == 0 && !in_valid_i && beats_i != 0));
      m_inside: assume (!in_valid_i || (32'(in_count_i) <= BUS && 5'(in_count_i) <= to_come_q));
      m_in_held: assume (!in_stalled_q || (in_valid_i && in_data_i == in_data_q
                                           && in_count_i == in_count_q));
      a_no_overflow: assert (32'(dut.fill_q) == 32'(inside_q) && 32'(inside_q) < BEAT + BUS
                             && in_ready_o == (32'(inside_q) < BEAT));
      a_no_underflow: assert (img_valid_o == (32'(inside_q) >= BEAT));
      a_img_held: assert (!stalled_q || img_valid_o);
      a_img_stable: assert (!stalled_q || (img_data_o == data_q && img_last_o == last_q));
      a_clean: assert (dut.bytes_q >> {inside_q, 3'b000} == '0);
      a_inside: assert (!marked_q || (ahead_q < inside_q
                        && 8'(dut.bytes_q >> {ahead_q, 3'b000}) == marked_byte_q));
      a_order: assert (!(marked_q && img_valid_o && 32'(ahead_q) < BEAT) || seen == marked_byte_q);
      a_left: assert (to_come_q == 0 && inside_q == 0 || dut.left_q == 32'(to_come_q) + 32'(inside_q));
      a_last: assert (!img_valid_o || img_last_o == (to_come_q == 0 && 32'(inside_q) == BEAT));
      c_over: cover (img_valid_o && 32'(inside_q) > BEAT && stalled_q && in_stalled_q);
      c_whole: cover (marked_q && img_beat && img_last_o && ahead_q != 0);
    end
  end

endmodule
`default_nettype wire
