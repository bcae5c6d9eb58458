// Packs the bytes of an image, as a bus brings them, into the beats that the adapter loader takes.
//
// Interface  open_i with bytes_i: an image of so many bytes begins (a multiple of BEAT). in_*: count_i bytes,
//            the first in the lowest byte of in_data_i, valid/ready. img_*: beats of BEAT bytes, the
//            first byte in the most significant place, last with the image's last beat.
// Latency    A beat is offered in the cycle behind its last byte. While one is offered no bytes are
//            taken: a beat of the loader costs the bus one cycle.
// Parameters BEAT >= 2; BUS >= 1: bytes of a beat on either side.
// Golden     golden/axi_host.py
`default_nettype none
module image_packer #(
  parameter int unsigned BEAT  = 17,
  parameter int unsigned BUS   = 8,
  localparam int unsigned CountW = $clog2(BUS + 1)
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              open_i,
  input  wire logic [31:0]       bytes_i,
  input  wire logic              in_valid_i,
  output logic                   in_ready_o,
  input  wire logic [BUS*8-1:0]  in_data_i,
  input  wire logic [CountW-1:0] in_count_i,
  output logic                   img_valid_o,
  input  wire logic              img_ready_i,
  output logic [BEAT*8-1:0]      img_data_o,
  output logic                   img_last_o
);

  if (BEAT < 2) begin : gen_bad_beat
    $fatal(1, "image_packer: BEAT is %0d, legal: >= 2", BEAT);
  end
  if (BUS < 1) begin : gen_bad_bus
    $fatal(1, "image_packer: BUS is %0d, legal: >= 1", BUS);
  end

  // Bytes are taken with less than a beat inside.
  localparam int unsigned Room  = BEAT - 1 + BUS;
  localparam int unsigned FillW = $clog2(Room + 1);

  logic [Room*8-1:0] bytes_q, incoming;
  logic [FillW-1:0]  fill_q;
  logic [31:0]       left_q;
  logic              in_beat, img_beat;

  always_comb begin
    incoming = '0;
    for (int unsigned i = 0; i < BUS; i++) begin
      if (i < 32'(in_count_i)) incoming[i*8+:8] = in_data_i[i*8+:8];
    end
    incoming = incoming << {fill_q, 3'b000};
    for (int unsigned i = 0; i < BEAT; i++) begin
      img_data_o[(BEAT-1-i)*8+:8] = bytes_q[i*8+:8];
    end
  end

  assign img_valid_o = 32'(fill_q) >= BEAT;
  assign in_ready_o  = !img_valid_o;
  assign img_last_o  = left_q == BEAT;
  assign in_beat     = in_valid_i && in_ready_o;
  assign img_beat    = img_valid_o && img_ready_i;

  always_ff @(posedge clk_i) begin
    if (in_beat) begin
      bytes_q <= bytes_q | incoming;
      fill_q  <= fill_q + FillW'(in_count_i);
    end
    if (img_beat) begin
      bytes_q <= bytes_q >> (BEAT * 8);
      fill_q  <= fill_q - FillW'(BEAT);
      left_q  <= left_q - BEAT;
    end
    if (open_i) left_q <= bytes_i;
    if (!rst_ni) begin
      bytes_q <= '0;
      fill_q  <= '0;
    end
  end

`ifndef SYNTHESIS
  a_img_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 img_valid_o && !img_ready_i |=>
                                 img_valid_o && $stable(img_data_o) && $stable(img_last_o));
  a_open_empty: assert property (@(posedge clk_i) disable iff (!rst_ni) open_i |-> fill_q == '0);
`endif

endmodule
`default_nettype wire
