// Remembers the first error since the last clear and counts all of them.
//
// Interface  valid_i says which sources report an error in this cycle, with code_i and info_i; the lowest
//            one counts as first. clear_i forgets; an error in the same cycle stays.
// Latency    One cycle. any_o in the cycle of the error.
// Parameters SOURCES 1 to 16.
// Golden     golden/axi_host.py
`default_nettype none
module host_errors #(
  parameter int unsigned SOURCES = 6
) (
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire logic [SOURCES-1:0]       valid_i,
  input  wire logic [SOURCES-1:0][7:0]  code_i,
  input  wire logic [SOURCES-1:0][31:0] info_i,
  input  wire logic                     clear_i,
  output logic                          any_o,
  output logic [7:0]                    code_o,
  output logic [31:0]                   info_o,
  output logic [15:0]                   count_o
);

  if (SOURCES < 1 || SOURCES > 16) begin : gen_bad_sources
    $fatal(1, "host_errors: SOURCES is %0d, legal: 1 to 16", SOURCES);
  end

  logic [7:0]  code_q, first_code;
  logic [31:0] info_q, first_info;
  logic [15:0] count_q;
  logic [16:0] count_next;

  assign any_o = valid_i != '0;

  always_comb begin
    first_code = '0;
    first_info = '0;
    count_next = clear_i ? '0 : 17'(count_q);
    for (int signed i = SOURCES - 1; i >= 0; i--) begin
      if (valid_i[i]) begin
        first_code = code_i[i];
        first_info = info_i[i];
      end
      count_next = count_next + 17'(valid_i[i]);
    end
  end

  always_ff @(posedge clk_i) begin
    count_q <= count_next[16] ? '1 : count_next[15:0];
    if (any_o && (clear_i || code_q == '0)) begin
      code_q <= first_code;
      info_q <= first_info;
    end else if (clear_i) begin
      code_q <= '0;
      info_q <= '0;
    end
    if (!rst_ni) begin
      code_q  <= '0;
      info_q  <= '0;
      count_q <= '0;
    end
  end

  assign code_o  = code_q;
  assign info_o  = info_q;
  assign count_o = count_q;

endmodule
`default_nettype wire
