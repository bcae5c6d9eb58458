// The write port of images under any AXI4 master, legal bursts and others, with soft resets at any time:
// one answer a burst, the bytes that leave are within the image.
`default_nettype none
module f_image_write #(
  parameter int unsigned BUS      = 4,
  parameter int unsigned ID_W     = 2,
  parameter int unsigned WINDOW_W = 8
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             soft_ni,
  input wire logic [ID_W-1:0]  s_axi_awid,
  input wire logic [31:0]      s_axi_awaddr,
  input wire logic [7:0]       s_axi_awlen,
  input wire logic [2:0]       s_axi_awsize,
  input wire logic [1:0]       s_axi_awburst,
  input wire logic             s_axi_awvalid,
  input wire logic [BUS*8-1:0] s_axi_wdata,
  input wire logic [BUS-1:0]   s_axi_wstrb,
  input wire logic             s_axi_wlast,
  input wire logic             s_axi_wvalid,
  input wire logic             s_axi_bready,
  input wire logic             open_i,
  input wire logic [31:0]      bytes_i,
  input wire logic             load_waits_i,
  input wire logic             by_ready_i
);

  localparam int unsigned CountW = $clog2(BUS + 1);

  logic              s_axi_awready, s_axi_wready, s_axi_bvalid, open_o, by_valid_o, error_valid_o;
  logic [ID_W-1:0]   s_axi_bid;
  logic [1:0]        s_axi_bresp;
  logic [31:0]       offset_o, error_info_o;
  logic [BUS*8-1:0]  by_data_o;
  logic [CountW-1:0] by_count_o;
  logic [7:0]        error_o;

  image_write #(.BUS(BUS), .ID_W(ID_W), .WINDOW_W(WINDOW_W)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic              b_stalled_q, by_stalled_q, w_stalled_q, w_last_q;
  logic [ID_W-1:0]   id_q, want_q;
  logic [1:0]        resp_q;
  logic [BUS*8-1:0]  by_data_q, w_data_q;
  logic [BUS-1:0]    w_strb_q;
  logic [CountW-1:0] by_count_q;
  logic              burst_q, ended_q;   // a burst is open; its WLAST has been taken
  logic              failed_q;           // it had an error, or a soft reset
  logic              opened_q;           // an image is open, counted outside
  logic [31:0]       passed_q, size_q;   // bytes of it that left
  logic              aw_beat, w_beat, by_beat;
  assign aw_beat = s_axi_awvalid && s_axi_awready;
  assign w_beat  = s_axi_wvalid && s_axi_wready;
  assign by_beat = by_valid_o && by_ready_i;

  always_ff @(posedge clk_i) begin
    b_stalled_q  <= rst_ni && s_axi_bvalid && !s_axi_bready;
    by_stalled_q <= soft_ni && by_valid_o && !by_ready_i;
    w_stalled_q  <= rst_ni && s_axi_wvalid && !s_axi_wready;
    id_q         <= s_axi_bid;
    resp_q       <= s_axi_bresp;
    by_data_q    <= by_data_o;
    by_count_q   <= by_count_o;
    w_data_q     <= s_axi_wdata;
    w_strb_q     <= s_axi_wstrb;
    w_last_q     <= s_axi_wlast;
    if (aw_beat) want_q <= s_axi_awid;
    if (!rst_ni) begin
      burst_q <= 1'b0;
      ended_q <= 1'b0;
    end else if (aw_beat) begin
      burst_q <= 1'b1;
      ended_q <= 1'b0;
    end else if (s_axi_bvalid && s_axi_bready) burst_q <= 1'b0;
    else if (w_beat && s_axi_wlast) ended_q <= 1'b1;
    if (aw_beat) failed_q <= error_valid_o || !soft_ni;
    else if (!ended_q && (error_valid_o || !soft_ni)) failed_q <= 1'b1;
    if (!soft_ni) begin
      opened_q <= 1'b0;
      passed_q <= '0;
    end else if (open_i) begin
      opened_q <= 1'b1;
      passed_q <= '0;
      size_q   <= bytes_i;
    end else if (by_beat) begin
      passed_q <= passed_q + 32'(by_count_o);
      if (passed_q + 32'(by_count_o) == size_q) opened_q <= 1'b0;
    end
  end

  always_comb begin
    m_soft: assume (rst_ni || !soft_ni);
    if (started_q && rst_ni) begin
      m_w_held: assume (!w_stalled_q || (s_axi_wvalid && s_axi_wdata == w_data_q
                                         && s_axi_wstrb == w_strb_q && s_axi_wlast == w_last_q));
      m_open: assume (!open_i || (!opened_q && soft_ni && bytes_i != 0));
      a_one_burst: assert (s_axi_awready == !burst_q);
      a_answer: assert (s_axi_bvalid == (burst_q && ended_q));
      a_b_held: assert (!b_stalled_q || s_axi_bvalid);
      a_b_stable: assert (!b_stalled_q || (s_axi_bid == id_q && s_axi_bresp == resp_q));
      a_id: assert (!s_axi_bvalid || s_axi_bid == want_q);
      a_verdict: assert (!s_axi_bvalid || s_axi_bresp == (failed_q ? 2'b10 : 2'b00));
      a_by_held: assert (!by_stalled_q || by_valid_o || !soft_ni);
      a_by_stable: assert (!by_stalled_q || !soft_ni || (by_data_o == by_data_q
                                                         && by_count_o == by_count_q));
      a_offset: assert (open_o == opened_q && (!opened_q || dut.bytes_q == size_q)
                        && offset_o == passed_q);
      a_inside: assert ((!opened_q || passed_q < size_q)
                        && (!by_valid_o || (opened_q && 33'(passed_q) + 33'(by_count_o) <= 33'(size_q))));
      a_one_way: assert (!w_beat || (error_valid_o + by_beat <= 1 && !(error_valid_o && by_valid_o)));
      c_whole: cover (s_axi_bvalid && !failed_q && passed_q == 6 && !opened_q);
      c_cut: cover (b_stalled_q && resp_q == 2'b10 && passed_q == 0 && !opened_q);
      c_waits: cover (by_stalled_q && w_beat && by_beat);
    end
  end

endmodule
`default_nettype wire
