// Which planted fault a simulation shows: +fault=<n>, 0 for none.
//
// Copies of the RTL with faults in them read `fault_pkg::selected == n ? wrong : right`, so that one
// build holds many faults. The chip itself never imports this package.

`default_nettype none

package fault_pkg;

  function automatic int from_plusarg();
    int n;
    if ($value$plusargs("fault=%d", n) == 0) n = 0;
    return n;
  endfunction

  int selected = from_plusarg();

endpackage

`default_nettype wire
