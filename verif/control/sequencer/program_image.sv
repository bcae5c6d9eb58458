// Loads the programme ROMs of a sequencer from the image +program=<file> before the first clock edge;
// bound into the DUT.
`default_nettype none
module program_image #(
  parameter int unsigned TOKENS = 1
);

  for (genvar k = 0; k < TOKENS; k++) begin : gen_ctx
    initial begin
      string path;
      int fd, got;
      if (!$value$plusargs("program=%s", path)) $fatal(1, "program_image: no +program");
      fd = $fopen(path, "rb");
      if (fd == 0) $fatal(1, "program_image: cannot read %s", path);
      got = $fread(sequencer.gen_ctx[k].u_program.mem, fd);
      if (got != $size(sequencer.gen_ctx[k].u_program.mem) * 24) begin
        $fatal(1, "program_image: %s has %0d bytes", path, got);
      end
      $fclose(fd);
    end
  end

endmodule

bind sequencer program_image #(.TOKENS(TOKENS)) u_image ();
`default_nettype wire
