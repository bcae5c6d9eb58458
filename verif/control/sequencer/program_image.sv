// Loads the programme ROM of a sequencer from the image +program=<file> before the first clock edge;
// bound into the DUT.
`default_nettype none
module program_image;

  initial begin
    string path;
    int fd, got;
    if (!$value$plusargs("program=%s", path)) $fatal(1, "program_image: no +program");
    fd = $fopen(path, "rb");
    if (fd == 0) $fatal(1, "program_image: cannot read %s", path);
    got = $fread(sequencer.u_program.mem, fd);
    if (got != $size(sequencer.u_program.mem) * 16) begin
      $fatal(1, "program_image: %s has %0d bytes", path, got);
    end
    $fclose(fd);
  end

endmodule

bind sequencer program_image u_image ();
`default_nettype wire
