// Fills the ROMs of one vector unit under test from +roms=<folder> for column +column=<c>.
`default_nettype none
module vector_unit_loader (
  input wire logic clk_i,
  input wire logic rst_ni
);

  // Before reset registers hold anything, and blocks without a reset of their own see it.
  initial $assertoff;
  always_ff @(posedge clk_i) if (!rst_ni) $asserton;

  function automatic int open(input string name);
    string folder;
    if (!$value$plusargs("roms=%s", folder)) $fatal(1, "vector_unit_loader: +roms= is missing");
    open = $fopen({folder, "/", name, ".bin"}, "rb");
    if (open == 0) $fatal(1, "vector_unit_loader: cannot read %s/%s.bin", folder, name);
  endfunction

  initial begin
    int fd;
    int got;
    int column;
    if (!$value$plusargs("column=%d", column)) $fatal(1, "vector_unit_loader: +column= is missing");
    fd = open($sformatf("norm_%0d", column));
    got = $fread(vector_unit.u_norm_rom.mem, fd);
    $fclose(fd);
    fd = open("rope");
    got += $fread(vector_unit.u_rope_rom.mem, fd);
    $fclose(fd);
    fd = open($sformatf("embed_%0d", column));
    got += $fread(vector_unit.u_embed_rom.mem, fd);
    $fclose(fd);
    if (got == 0) $fatal(1, "vector_unit_loader: empty images");
  end

endmodule

bind vector_unit vector_unit_loader u_test_loader (.clk_i, .rst_ni);
`default_nettype wire
