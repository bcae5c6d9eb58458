// Number formats, rounding and conversions of the whole chip, as combinational functions.
//
// Rule of every FP32 operation: the exact result, rounded to nearest even as IEEE binary32 does,
// then a subnormal becomes zero with its sign and an overflow the largest finite number. Subnormal
// inputs are read as zero with their sign. Exponent field 255 (infinity, NaN) does not exist.
// Contract: golden/SPEC-formats.md. Golden twins: golden/formats.py, golden/latency.py.
`default_nettype none
package fp_pkg;

  typedef logic [31:0] fp32_t;
  typedef logic [15:0] bf16_t;
  typedef logic [15:0] fp16_t;

  parameter fp32_t FP32_ZERO    = 32'h0000_0000;
  parameter fp32_t FP32_ONE     = 32'h3f80_0000;
  parameter fp32_t FP32_MAX     = 32'h7f7f_ffff;  // largest finite
  parameter fp32_t FP32_LOWEST  = 32'hff7f_ffff;  // -FP32_MAX, start of a running maximum

  // Cycles from valid input to valid result; MXQ: from a block's last word to its first output.
  parameter int unsigned EXP_LATENCY     = 5;
  parameter int unsigned RECIP_LATENCY   = 4;
  parameter int unsigned RSQRT_LATENCY   = 5;
  parameter int unsigned SIGMOID_LATENCY = 5;
  parameter int unsigned LN_LATENCY      = 5;
  parameter int unsigned MXQ_LATENCY     = 2;

  // Leading zeros of a 32-bit word that is not 0.
  function automatic logic [4:0] lzc32(logic [31:0] x);
    logic [31:0] y;
    logic [4:0]  n;
    y = x;
    n[4] = y[31:16] == '0;
    y    = y << {n[4], 4'b0};
    n[3] = y[31:24] == '0;
    y    = y << {n[3], 3'b0};
    n[2] = y[31:28] == '0;
    y    = y << {n[2], 2'b0};
    n[1] = y[31:30] == '0;
    y    = y << {n[1], 1'b0};
    n[0] = !y[31];
    return n;
  endfunction

  // Rounds (significand 1.xxx, guard, sticky) at exponent field e to FP32: nearest even, flush,
  // saturate. At e = 0 IEEE rounds at the last subnormal bit: 24 ones reach the least normal.
  function automatic fp32_t fp32_pack(
      logic sign, logic signed [11:0] e, logic [23:0] sig, logic guard, logic sticky);
    logic [30:0] r;
    if (e <= 12'sd0) return {sign, 7'b0, (e == 12'sd0) && (sig == '1), 23'b0};
    r = {e[7:0], sig[22:0]} + 31'(guard && (sticky || sig[0]));
    if (e >= 12'sd255 || r[30:23] == 8'hff) r = FP32_MAX[30:0];
    return {sign, r};
  endfunction

  function automatic fp32_t fp32_add(fp32_t a, fp32_t b);  /* verilator no_inline_task */
    fp32_t       x, y;  // |x| >= |y|
    logic [7:0]  d;
    logic [26:0] high, low, lost;
    logic [27:0] sum;
    logic [31:0] norm;
    logic [4:0]  lz;
    if (a[30:0] >= b[30:0]) begin
      x = a;
      y = b;
    end else begin
      x = b;
      y = a;
    end
    if (y[30:23] == '0) begin
      if (x[30:23] == '0) return {a[31] & b[31], 31'b0};
      return x;
    end
    d     = x[30:23] - y[30:23];
    high   = {1'b1, x[22:0], 3'b0};
    low = {1'b1, y[22:0], 3'b0};
    if (d > 8'd26) begin
      low = 27'd1;
    end else begin
      lost  = low & ~(27'h7ff_ffff << d[4:0]);
      low = (low >> d[4:0]) | 27'(lost != '0);
    end
    sum = (x[31] == y[31]) ? {1'b0, high} + {1'b0, low} : {1'b0, high} - {1'b0, low};
    if (sum == '0) return FP32_ZERO;
    lz   = lzc32({sum, 4'b0});
    norm = {sum, 4'b0} << lz;
    return fp32_pack(x[31], 12'({1'b0, x[30:23]}) + 12'sd1 - 12'({1'b0, lz}), norm[31:8], norm[7],
                     norm[6:0] != '0);
  endfunction

  function automatic fp32_t fp32_sub(fp32_t a, fp32_t b);
    return fp32_add(a, {~b[31], b[30:0]});
  endfunction

  function automatic fp32_t fp32_mul(fp32_t a, fp32_t b);  /* verilator no_inline_task */
    logic               sign;
    logic [47:0]        p;
    logic signed [11:0] e;
    sign = a[31] ^ b[31];
    if (a[30:23] == '0 || b[30:23] == '0) return {sign, 31'b0};
    p = 48'({1'b1, a[22:0]}) * 48'({1'b1, b[22:0]});
    e = 12'({1'b0, a[30:23]}) + 12'({1'b0, b[30:23]}) - 12'sd127;
    if (p[47]) return fp32_pack(sign, e + 12'sd1, p[47:24], p[23], p[22:0] != '0);
    return fp32_pack(sign, e, p[46:23], p[22], p[21:0] != '0);
  endfunction

  // a > b by value: -0 equals +0.
  function automatic logic fp32_gt(fp32_t a, fp32_t b);
    if (a[30:23] == '0 && b[30:23] == '0) return 1'b0;
    if (a[31] != b[31]) return b[31];
    return a[31] ? a[30:0] < b[30:0] : a[30:0] > b[30:0];
  endfunction

  // The greater by value; among equals the first.
  function automatic fp32_t fp32_max(fp32_t a, fp32_t b);
    fp32_t x;
    x = fp32_gt(b, a) ? b : a;
    return x[30:23] == '0 ? {x[31], 31'b0} : x;
  endfunction

  function automatic fp32_t fp32_from_int(logic signed [31:0] i);  /* verilator no_inline_task */
    logic [31:0] mag, norm;
    logic [4:0]  lz;
    if (i == '0) return FP32_ZERO;
    mag  = i[31] ? 32'(-i) : 32'(i);
    lz   = lzc32(mag);
    norm = mag << lz;
    return fp32_pack(i[31], 12'sd158 - 12'({1'b0, lz}), norm[31:8], norm[7], norm[6:0] != '0);
  endfunction

  // a * 2^n by the exponent alone: nothing is rounded before flush and saturation.
  function automatic fp32_t fp32_scale(fp32_t a, logic signed [10:0] n);
    logic signed [11:0] e;
    e = 12'({1'b0, a[30:23]}) + 12'(n);
    if (a[30:23] == '0 || e <= 12'sd0) return {a[31], 31'b0};
    if (e >= 12'sd255) return {a[31], FP32_MAX[30:0]};
    return {a[31], e[7:0], a[22:0]};
  endfunction

  function automatic bf16_t bf16_round(fp32_t a);
    logic [14:0] r;
    if (a[30:23] == '0) return {a[31], 15'b0};
    r = a[30:16] + 15'(a[15] && (a[14:0] != '0 || a[16]));
    if (r[14:7] == 8'hff) r = 15'h7f7f;
    return {a[31], r};
  endfunction

  function automatic fp32_t bf16_to_fp32(bf16_t a);
    return {a, 16'b0};
  endfunction

  // Exact; exponent field 31 is an ordinary exponent.
  function automatic fp32_t fp16_to_fp32(fp16_t a);
    logic [4:0] lz;
    logic [8:0] man;
    if (a[14:10] != '0) return {a[15], 8'd112 + 8'(a[14:10]), a[9:0], 13'b0};
    if (a[9:0] == '0) return {a[15], 31'b0};
    lz  = lzc32({a[9:0], 22'b0});
    man = a[8:0] << lz;
    return {a[15], 8'd112 - 8'(lz), man, 14'b0};
  endfunction

  // fp32(a * scale), then * 2^n by the exponent alone.
  function automatic fp32_t fp32_mul_fp16(fp32_t a, fp16_t scale, logic signed [10:0] n);
    /* verilator no_inline_task */
    return fp32_scale(fp32_mul(a, fp16_to_fp32(scale)), n);
  endfunction

  // Integer dot product of two MXINT8 blocks with exponent fields ea and eb.
  function automatic fp32_t mx_dot_term(logic signed [31:0] dot, logic [7:0] ea, logic [7:0] eb);
    return fp32_scale(fp32_from_int(dot), 11'({1'b0, ea}) + 11'({1'b0, eb}) - 11'sd266);
  endfunction

  // Mantissa of x in an MXINT8 block whose largest element has exponent field e:
  // nearest even of x * 2^(6 - (e - 127)), clipped to [-127, 127].
  function automatic logic signed [7:0] mx_mantissa(fp32_t x, logic [7:0] e);
    logic [7:0]  d;
    logic [24:0] sig;   // 8 bits of integer, 17 of fraction
    logic [24:0] lost;
    logic [7:0]  mag;
    if (x[30:23] == '0) return 8'sd0;
    d = e - x[30:23];
    if (x[30:23] > e) begin
      mag = 8'd127;
    end else if (d > 8'd7) begin
      mag = 8'd0;
    end else begin
      sig  = {1'b0, 1'b1, x[22:0]} >> d[2:0];
      lost = {1'b0, 1'b1, x[22:0]} & ~(25'h1ff_ffff << d[2:0]);
      mag  = sig[24:17] + 8'(sig[16] && (sig[15:0] != '0 || lost != '0 || sig[17]));
      if (mag[7]) mag = 8'd127;
    end
    return x[31] ? 8'(-mag) : 8'(mag);
  endfunction

endpackage
`default_nettype wire
