// What a beat of an AXI4 write burst means to an adapter image: which bytes it carries, and whether
// they may be taken.
//
// Interface  Combinational. Address, size and kind of the burst's current beat, its data and strobes,
//            the image's state; out come the bytes, the first one lowest, their number, and an error
//            code of roma_regs.rdl (0: take them).
// Rules      Strobes only in the beat's lanes and without a hole; INCR: the first byte must have the offset
//            that comes next; FIXED: bytes are appended, wherever in the window the address is; none
//            beyond the image's end.
// Parameters BUS 1 to 128, a power of two: bytes of a beat; WINDOW_W 8 to 32.
// Golden     golden/axi_host.py
`default_nettype none
module image_beat
  import host_pkg::*;
#(
  parameter int unsigned BUS      = 8,
  parameter int unsigned WINDOW_W = 26,
  localparam int unsigned CountW  = $clog2(BUS + 1)
) (
  input  wire logic              clk_i,  // of the assertion
  input  wire logic [31:0]       addr_i,
  input  wire logic [2:0]        size_i,
  input  wire logic              fixed_i,
  input  wire logic [BUS*8-1:0]  data_i,
  input  wire logic [BUS-1:0]    strb_i,
  input  wire logic              last_ok_i,
  input  wire logic              open_i,
  input  wire logic              was_open_i,  // the image was complete before this beat of the burst
  input  wire logic [31:0]       offset_i,
  input  wire logic [31:0]       bytes_i,
  output logic [BUS*8-1:0]       data_o,
  output logic [CountW-1:0]      count_o,
  output logic [7:0]             error_o
);

  logic [31:0]       low, high, first;
  logic [BUS-1:0]    lanes, run;
  logic              window, hole;

  assign low  = addr_i & (BUS - 1);
  assign high = low | (32'd1 << size_i) - 32'd1;

  always_comb begin
    first   = '0;
    count_o = '0;
    for (int unsigned i = 0; i < BUS; i++) begin
      lanes[i] = i >= low && i <= high;
      count_o  = count_o + CountW'(strb_i[i]);
    end
    for (int signed i = BUS - 1; i >= 0; i--) begin
      if (strb_i[i]) first = 32'(i);
    end
  end

  assign run    = strb_i >> first;
  assign hole   = (run & (run + 1'b1)) != '0;
  assign data_o = data_i >> {first, 3'b000};
  assign window = 33'(addr_i) < 33'd1 << WINDOW_W;

  always_comb begin
    error_o = ErrNone;
    if (!open_i) error_o = was_open_i ? ErrImageBeyond : ErrImageNoLoad;
    else if (!last_ok_i) error_o = ErrImageLast;
    else if (!window) error_o = ErrImageWindow;
    else if ((strb_i & ~lanes) != '0 || hole) error_o = ErrImageStrobe;
    else if (strb_i == '0) error_o = ErrNone;
    else if (!fixed_i && (addr_i & ~32'(BUS - 1)) + first != offset_i) error_o = ErrImageOrder;
    else if (33'(offset_i) + 33'(count_o) > 33'(bytes_i)) error_o = ErrImageBeyond;
  end

`ifndef SYNTHESIS
  a_only_open: assert property (@(posedge clk_i) error_o == ErrNone |-> open_i);
`endif

endmodule
`default_nettype wire
