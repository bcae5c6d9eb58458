// Loads the ROM of a fused_cell from the image +rom=<file> before the first clock edge; bound into
// the DUT. The structural view has its content in CODES and no file.
`default_nettype none
module fused_cell_image;

  initial begin
    string name;
    int fd, got;
    if ($value$plusargs("rom=%s", name)) begin
      fd = $fopen(name, "rb");
      if (fd == 0) $fatal(1, "fused_cell_image: cannot read %s", name);
      got = $fread(fused_cell.u_rom.mem, fd);
      if (got != $size(fused_cell.u_rom.mem) * ($bits(fused_cell.u_rom.mem[0]) / 8)) begin
        $fatal(1, "fused_cell_image: %s has %0d bytes", name, got);
      end
      $fclose(fd);
    end
  end

endmodule

bind fused_cell fused_cell_image u_image ();
`default_nettype wire
