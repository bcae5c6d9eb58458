// Records what a module sees, for functional coverage: one record of 32-bit words, the cycle lowest,
// for every cycle in which when_i holds. Bound into the modules of the chip by taps.py; without
// +taps=<folder> it does nothing. The first INSTANCES instances of a tap that have something to say
// are recorded, each into a file of its own, with a text of its widths and parameters beside it.
`default_nettype none
package cover_tap_pkg;
  int unsigned opened [string];

  function automatic bit admit(input string key, input int unsigned instances);
    if (opened.exists(key) == 0) opened[key] = 0;
    opened[key] = opened[key] + 1;
    return opened[key] <= instances;
  endfunction
endpackage

module cover_tap #(
  parameter string       KEY       = "",
  parameter string       HEAD      = "",
  parameter int unsigned WIDTH     = 32,
  parameter int unsigned LIMIT     = 1,
  parameter int unsigned INSTANCES = 8
) (
  input wire logic             clk_i,
  input wire logic             when_i,
  input wire logic [WIDTH-1:0] data_i
);

  string folder, path;
  bit    on;
  int    fd, head;
  int unsigned left, cycle;

  initial begin
    on    = $value$plusargs("taps=%s", folder) != 0;
    left  = LIMIT;
    fd    = 0;
    cycle = 0;
    path  = $sformatf("%m");
  end

  always @(posedge clk_i) begin
    cycle = cycle + 1;
    if (on && when_i) begin
      if (fd == 0) begin
        on = cover_tap_pkg::admit(KEY, INSTANCES);
        if (on) begin
          head = $fopen($sformatf("%s/%s@%s.txt", folder, KEY, path), "w");
          $fdisplay(head, "%s", HEAD);
          $fclose(head);
          fd = $fopen($sformatf("%s/%s@%s.bin", folder, KEY, path), "wb");
        end
      end
      if (on) begin
        $fwrite(fd, "%u", {data_i, cycle});
        left = left - 1;
        if (left == 0) on = 0;
      end
    end
  end

  final if (fd != 0) $fclose(fd);

endmodule
`default_nettype wire
