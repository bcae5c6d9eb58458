// Fills the ROMs of a vector row under test from +roms=<folder>; bound into it.
`default_nettype none
module vector_row_loader #(
  parameter int unsigned COLUMNS = 2
) (
  input wire logic clk_i,
  input wire logic rst_ni
);

  // Before reset registers hold anything, and blocks without a reset of their own see it.
  initial $assertoff;
  always_ff @(posedge clk_i) if (!rst_ni) $asserton;

  function automatic int open(input string name);
    string folder;
    if (!$value$plusargs("roms=%s", folder)) $fatal(1, "vector_row_loader: +roms= is missing");
    open = $fopen({folder, "/", name, ".bin"}, "rb");
    if (open == 0) $fatal(1, "vector_row_loader: cannot read %s/%s.bin", folder, name);
  endfunction

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_col
    initial begin
      int fd;
      int got;
      fd = open($sformatf("norm_%0d", c));
      got = $fread(vector_row.gen_col[c].u_vector_unit.u_norm_rom.mem, fd);
      $fclose(fd);
      fd = open("rope");
      got += $fread(vector_row.gen_col[c].u_vector_unit.u_rope_rom.mem, fd);
      $fclose(fd);
      fd = open($sformatf("embed_%0d", c));
      got += $fread(vector_row.gen_col[c].u_vector_unit.u_embed_rom.mem, fd);
      $fclose(fd);
      if (got == 0) $fatal(1, "vector_row_loader: empty images");
    end
  end

endmodule

bind vector_row vector_row_loader #(.COLUMNS(COLUMNS)) u_test_loader (.clk_i, .rst_ni);
`default_nettype wire
