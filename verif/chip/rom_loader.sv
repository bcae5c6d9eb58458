// Fills the ROMs of the chip from the burner's images before the first clock edge: what a mask does
// in silicon. +roms=<folder> names the images.
`default_nettype none
module rom_loader #(
  parameter int unsigned COLUMNS = 2,
  parameter int unsigned ROWS    = 4
);

  function automatic int open(input string name);
    string folder;
    if (!$value$plusargs("roms=%s", folder)) $fatal(1, "rom_loader: +roms=<folder> is missing");
    open = $fopen({folder, "/", name, ".bin"}, "rb");
    if (open == 0) $fatal(1, "rom_loader: cannot read %s/%s.bin", folder, name);
  endfunction

  function automatic void check(input int got, input int unsigned words, input int unsigned width,
                                input string name);
    int unsigned want;
    want = words * ((width + 7) / 8);
    if (32'(got) != want) $fatal(1, "rom_loader: %s.bin has %0d bytes, not %0d", name, got, want);
  endfunction

// Where the chip stands: a bench with another top says so.
`ifndef ROMA_CORE
`define ROMA_CORE tb_roma.u_dut
`endif

`define ROMA_LOAD(rom, name) \
  begin \
    int fd; \
    int got; \
    fd = open(name); \
    got = $fread(rom, fd); \
    check(got, $size(rom), $bits(rom[0]), name); \
    $fclose(fd); \
  end

  initial `ROMA_LOAD(`ROMA_CORE.u_sequencer.u_program.mem, "program")

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_col
    initial `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_norm_rom.mem,
                       $sformatf("norm_%0d", c))
    initial `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_rope_rom.mem, "rope")
    initial `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_embed_rom.mem,
                       $sformatf("embed_%0d", c))
    for (genvar r = 0; r < ROWS; r++) begin : gen_row
      initial `ROMA_LOAD(`ROMA_CORE.gen_col[c].gen_row[r].u_unit.u_fused_cell.u_rom.mem,
                         $sformatf("rom_%0d_%0d", c, r))
      initial `ROMA_LOAD(`ROMA_CORE.gen_col[c].gen_row[r].u_unit.u_scale_rom.mem,
                         $sformatf("scale_%0d_%0d", c, r))
    end
  end

endmodule
`default_nettype wire
