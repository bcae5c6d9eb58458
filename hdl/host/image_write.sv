// AXI4 write port for adapter images: bursts in, bytes in address order out, what cannot be is
// answered SLVERR and reported.
//
// Interface  s_axi_aw*, w*, b*: AXI4, one burst at a time. INCR and FIXED, any size up to the bus, any
//            start address, any strobes without a hole (image_beat has the rules). An erroneous beat
//            and what follows in its burst are dropped, bytes taken before it stay taken; offset_o
//            says where to go on. A burst ends with WLAST, whatever AWLEN says.
//            open_i with bytes_i opens an image; it closes with its last byte. While none is open and
//            load_waits_i, the W channel waits for it. by_* bytes to the packer, valid/ready.
//            soft_ni low closes the image; the burst goes on to its (bad) end. error_* for one cycle.
// Latency    One W beat a cycle if the packer takes it; B in the cycle behind WLAST; the next AW with B.
// Parameters BUS 4 to 128, a power of two; ID_W 1 to 32; WINDOW_W 8 to 32.
// Golden     golden/axi_host.py
`default_nettype none
module image_write
  import host_pkg::*;
#(
  parameter int unsigned BUS      = 8,
  parameter int unsigned ID_W     = 4,
  parameter int unsigned WINDOW_W = 26,
  localparam int unsigned CountW  = $clog2(BUS + 1)
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              soft_ni,
  input  wire logic [ID_W-1:0]   s_axi_awid,
  input  wire logic [31:0]       s_axi_awaddr,
  input  wire logic [7:0]        s_axi_awlen,
  input  wire logic [2:0]        s_axi_awsize,
  input  wire logic [1:0]        s_axi_awburst,
  input  wire logic              s_axi_awvalid,
  output logic                   s_axi_awready,
  input  wire logic [BUS*8-1:0]  s_axi_wdata,
  input  wire logic [BUS-1:0]    s_axi_wstrb,
  input  wire logic              s_axi_wlast,
  input  wire logic              s_axi_wvalid,
  output logic                   s_axi_wready,
  output logic [ID_W-1:0]        s_axi_bid,
  output logic [1:0]             s_axi_bresp,
  output logic                   s_axi_bvalid,
  input  wire logic              s_axi_bready,
  input  wire logic              open_i,
  input  wire logic [31:0]       bytes_i,
  input  wire logic              load_waits_i,
  output logic                   open_o,
  output logic [31:0]            offset_o,
  output logic                   by_valid_o,
  input  wire logic              by_ready_i,
  output logic [BUS*8-1:0]       by_data_o,
  output logic [CountW-1:0]      by_count_o,
  output logic                   error_valid_o,
  output logic [7:0]             error_o,
  output logic [31:0]            error_info_o
);

  if (BUS < 4 || BUS > 128 || (BUS & (BUS - 1)) != 0) begin : gen_bad_bus
    $fatal(1, "image_write: BUS is %0d, legal: 4, 8, 16, 32, 64 or 128", BUS);
  end
  if (ID_W < 1 || ID_W > 32) begin : gen_bad_id
    $fatal(1, "image_write: ID_W is %0d, legal: 1 to 32", ID_W);
  end

  typedef enum logic [1:0] {Address, Data, Answer} state_e;

  state_e          state_q;
  logic [ID_W-1:0] id_q;
  logic [31:0]     addr_q, offset_q, bytes_q, next_addr;
  logic [7:0]      left_q;
  logic [2:0]      size_q;
  logic            fixed_q, bad_q, in_image_q, open_q;
  logic            aw_beat, w_beat, waits, take, bad_burst, last_ok;
  logic [7:0]      verdict;
  logic [31:0]     offset_next;

  assign s_axi_awready = state_q == Address;
  assign aw_beat       = s_axi_awvalid && s_axi_awready;
  assign bad_burst     = s_axi_awburst[1] || 32'd1 << s_axi_awsize > BUS;
  assign last_ok       = s_axi_wlast == (left_q == '0);

  image_beat #(.BUS(BUS), .WINDOW_W(WINDOW_W)) u_beat (
    .clk_i, .addr_i(addr_q), .size_i(size_q), .fixed_i(fixed_q), .data_i(s_axi_wdata), .strb_i(s_axi_wstrb),
    .last_ok_i(last_ok), .open_i(open_q), .was_open_i(in_image_q), .offset_i(offset_q),
    .bytes_i(bytes_q), .data_o(by_data_o), .count_o(by_count_o), .error_o(verdict)
  );

  // A LOAD that the chip has not taken yet will open the image; the bytes wait for it.
  assign waits        = !bad_q && !open_q && !in_image_q && load_waits_i;
  assign by_valid_o   = state_q == Data && s_axi_wvalid && !bad_q && verdict == ErrNone;
  assign s_axi_wready = state_q == Data && !waits && (bad_q || verdict != ErrNone || by_ready_i);
  assign w_beat       = s_axi_wvalid && s_axi_wready;
  assign take         = by_valid_o && by_ready_i;
  assign offset_next  = offset_q + 32'(by_count_o);
  assign next_addr    = (addr_q & ~((32'd1 << size_q) - 32'd1)) + (32'd1 << size_q);

  assign error_valid_o = aw_beat && bad_burst || w_beat && !bad_q && verdict != ErrNone;
  assign error_o       = state_q == Address ? ErrImageBurst : verdict;
  assign error_info_o  = state_q == Address ? s_axi_awaddr : addr_q;

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      Address: begin
        if (aw_beat) begin
          state_q    <= Data;
          id_q       <= s_axi_awid;
          addr_q     <= s_axi_awaddr;
          left_q     <= s_axi_awlen;
          size_q     <= s_axi_awsize;
          fixed_q    <= s_axi_awburst == 2'd0;
          bad_q      <= bad_burst;
          in_image_q <= 1'b0;
        end
      end
      Data: begin
        if (w_beat) begin
          if (verdict != ErrNone) bad_q <= 1'b1;
          if (take) in_image_q <= 1'b1;
          if (!fixed_q) addr_q <= next_addr;
          left_q <= left_q - 8'd1;
          if (s_axi_wlast) state_q <= Answer;
        end
      end
      default: begin  // Answer
        if (s_axi_bready) state_q <= Address;
      end
    endcase
    if (take) begin
      offset_q <= offset_next;
      if (offset_next == bytes_q) open_q <= 1'b0;
    end
    if (open_i) begin
      open_q   <= 1'b1;
      offset_q <= '0;
      bytes_q  <= bytes_i;
    end
    if (!soft_ni) begin
      open_q   <= 1'b0;
      offset_q <= '0;
      // A burst that the reset cuts cannot end well; an answer on offer stays what it is.
      if (state_q == Data || aw_beat) bad_q <= 1'b1;
    end
    if (!rst_ni) state_q <= Address;
  end

  assign s_axi_bvalid = state_q == Answer;
  assign s_axi_bid    = id_q;
  assign s_axi_bresp  = bad_q ? 2'b10 : 2'b00;
  assign open_o       = open_q;
  assign offset_o     = offset_q;

`ifndef SYNTHESIS
  a_b_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                               s_axi_bvalid && !s_axi_bready |=>
                               s_axi_bvalid && $stable(s_axi_bresp) && $stable(s_axi_bid));
  a_inside: assert property (@(posedge clk_i) disable iff (!soft_ni)
                             open_q |-> offset_q < bytes_q);
`endif

endmodule
`default_nettype wire
