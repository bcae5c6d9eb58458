// Error codes of the host interface; roma_regs.rdl documents each (error_e).
`default_nettype none
package host_pkg;
  typedef enum logic [7:0] {
    ErrNone          = 8'd0,
    ErrCommandBusy   = 8'd1,
    ErrResponseEmpty = 8'd2,
    ErrImageLength   = 8'd3,
    ErrImageNoLoad   = 8'd4,
    ErrImageWindow   = 8'd5,
    ErrImageOrder    = 8'd6,
    ErrImageBeyond   = 8'd7,
    ErrImageBurst    = 8'd8,
    ErrImageStrobe   = 8'd9,
    ErrImageLast     = 8'd10,
    ErrImageRead     = 8'd11,
    ErrPromptDest    = 8'd12
  } error_e;
endpackage
`default_nettype wire
