// Delay line of a beat: valid and data, STAGES registers; what a hop of the mesh is.
//
// Interface  valid_i with data_i; the beat is on the outputs STAGES cycles later. Nobody waits.
//            Reset clears the valids; data registers move only with a beat.
// Latency    STAGES cycles, one beat a cycle.
// Parameters WIDTH >= 1; STAGES >= 0, 0 = wires.
// Golden     golden/timing.py (hops)
`default_nettype none
module pipe #(
  parameter int unsigned WIDTH  = 8,
  parameter int unsigned STAGES = 1
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        valid_i,
  input  wire logic [WIDTH-1:0] data_i,
  output logic             valid_o,
  output logic [WIDTH-1:0] data_o
);

  if (WIDTH < 1) begin : gen_bad_width
    $fatal(1, "pipe: WIDTH is %0d, legal: >= 1", WIDTH);
  end

  if (STAGES == 0) begin : gen_wires
    logic unused;
    assign unused  = &{1'b0, clk_i, rst_ni};
    assign valid_o = valid_i;
    assign data_o  = data_i;
  end else begin : gen_registers
    logic [STAGES-1:0]            valid_q;
    logic [STAGES-1:0][WIDTH-1:0] data_q /* verilator split_var */;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) valid_q <= '0;
      else valid_q <= STAGES'({valid_q, valid_i});
      if (valid_i) data_q[0] <= data_i;
    end
    for (genvar s = 1; s < STAGES; s++) begin : gen_stage
      always_ff @(posedge clk_i) if (valid_q[s-1]) data_q[s] <= data_q[s-1];
    end

    assign valid_o = valid_q[STAGES-1];
    assign data_o  = data_q[STAGES-1];
  end

endmodule
`default_nettype wire
