// Loads a rom from the image +rom=<file> before the first clock edge; bound into the DUT.
`default_nettype none
module rom_image;

  initial begin
    string name;
    int fd, got;
    if ($value$plusargs("rom=%s", name)) begin
      fd = $fopen(name, "rb");
      if (fd == 0) $fatal(1, "rom_image: cannot read %s", name);
      got = $fread(rom.mem, fd);
      if (got != $size(rom.mem) * (($bits(rom.mem[0]) + 7) / 8)) begin
        $fatal(1, "rom_image: %s has %0d bytes", name, got);
      end
      $fclose(fd);
    end
  end

endmodule

bind rom rom_image u_image ();
`default_nettype wire
