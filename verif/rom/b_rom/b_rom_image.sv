// Loads a b_rom from the image +rom=<file> before the first clock edge; bound into the DUT.
`default_nettype none
module b_rom_image;

  initial begin
    string name;
    int fd, got;
    if ($value$plusargs("rom=%s", name)) begin
      fd = $fopen(name, "rb");
      if (fd == 0) $fatal(1, "b_rom_image: cannot read %s", name);
      got = $fread(b_rom.mem, fd);
      if (got != $size(b_rom.mem) * (($bits(b_rom.mem[0]) + 7) / 8)) begin
        $fatal(1, "b_rom_image: %s has %0d bytes", name, got);
      end
      $fclose(fd);
    end
  end

endmodule

bind b_rom b_rom_image u_image ();
`default_nettype wire
