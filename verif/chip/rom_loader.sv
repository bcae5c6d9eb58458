// Fills the ROMs of the chip from the burner's images before the first clock edge: what a mask does
// in silicon. +roms=<folder> names the images; rom_loader.cpp reads them.
`default_nettype none
module rom_loader
  import roma_cfg_pkg::*;
();

  import "DPI-C" function chandle rom_open(input string path);
  import "DPI-C" function longint rom_size(input chandle image);
  import "DPI-C" function void rom_close(input chandle image);

  function automatic string path(input string name);
    string folder;
    if (!$value$plusargs("roms=%s", folder)) $fatal(1, "rom_loader: +roms=<folder> is missing");
    return {folder, "/", name, ".bin"};
  endfunction

  function automatic void check(input longint got, input longint words, input longint width,
                                input string name);
    longint want;
    want = words * ((width + 7) / 8);
    if (got < 0) $fatal(1, "rom_loader: cannot read %s", path(name));
    if (got != want) $fatal(1, "rom_loader: %s has %0d bytes, not %0d", path(name), got, want);
  endfunction

// Where the chip stands: a bench with another top says so.
`ifndef ROMA_CORE
`define ROMA_CORE tb_roma.u_dut
`endif

  localparam int unsigned Part = 64;  // words that pass the border to C++ together

// In a scope of its own, because the import is as wide as the ROM.
`define ROMA_LOAD(rom, width, name) \
  import "DPI-C" function void rom_words( \
      input chandle image, output logic [(width)-1:0] words []); \
  logic [(width)-1:0] part [Part]; \
  chandle image; \
  initial begin \
    image = rom_open(path(name)); \
    check(rom_size(image), 64'($size(rom)), 64'($bits(rom[0])), name); \
    for (int unsigned a = 0; a < $size(rom); a += Part) begin \
      rom_words(image, part); \
      for (int unsigned i = 0; i < Part; i++) if (a + i < $size(rom)) rom[a+i] = part[i]; \
    end \
    rom_close(image); \
  end

  for (genvar k = 0; k < TOKENS; k++) begin : gen_ctx
    `ROMA_LOAD(`ROMA_CORE.u_sequencer.gen_ctx[k].u_program.mem, roma_pkg::INSTR_W, "program")
  end

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_col
    if (1) begin : gen_norm
      `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_norm_rom.mem, 32 * ROWS,
                 $sformatf("norm_%0d", c))
    end
    if (1) begin : gen_rope
      `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_rope_rom.mem, 32 * ROWS, "rope")
    end
    if (1) begin : gen_embed
      `ROMA_LOAD(`ROMA_CORE.u_row.gen_col[c].u_vector_unit.u_embed_rom.mem, 8 * ROWS + 28,
                 $sformatf("embed_%0d", c))
    end
    for (genvar r = 0; r < ROWS; r++) begin : gen_row
      if (1) begin : gen_codes
        `ROMA_LOAD(`ROMA_CORE.gen_col[c].gen_row[r].u_unit.u_fused_cell.u_rom.mem,
                   COLUMNS * BLOCK * WEIGHT_BITS, $sformatf("rom_%0d_%0d", c, r))
      end
      if (1) begin : gen_scale
        `ROMA_LOAD(`ROMA_CORE.gen_col[c].gen_row[r].u_unit.u_scale_rom.mem, 28 * COLUMNS,
                   $sformatf("scale_%0d_%0d", c, r))
      end
    end
  end

endmodule
`default_nettype wire
