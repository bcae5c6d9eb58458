// Loads the ROMs of a matrix_unit from the images +rom=<file> and +scale=<file> before the first clock
// edge; bound into the DUT.
`default_nettype none
module matrix_unit_image;

`define ROMA_LOAD(rom, name) \
  initial begin \
    string path; \
    int fd, got; \
    if (!$value$plusargs({name, "=%s"}, path)) $fatal(1, "matrix_unit_image: no +%s", name); \
    fd = $fopen(path, "rb"); \
    if (fd == 0) $fatal(1, "matrix_unit_image: cannot read %s", path); \
    got = $fread(rom, fd); \
    if (got != $size(rom) * (($bits(rom[0]) + 7) / 8)) begin \
      $fatal(1, "matrix_unit_image: %s has %0d bytes", path, got); \
    end \
    $fclose(fd); \
  end

  `ROMA_LOAD(matrix_unit.u_fused_cell.u_rom.mem, "rom")
  `ROMA_LOAD(matrix_unit.u_scale_rom.mem, "scale")

endmodule

bind matrix_unit matrix_unit_image u_image ();
`default_nettype wire
