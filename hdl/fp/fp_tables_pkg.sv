// Tables of exp, reciprocal, 1/sqrt, sigmoid and ln. Generated: python -m golden.tables.
// Formulas: golden/SPEC-formats.md. Golden twin: golden/tables.py.
`default_nettype none
package fp_tables_pkg;

  // 2^(i/64) - 1 in units of 2^-23
  parameter logic [63:0][22:0] EXP_BASE = {
    23'h7d3e0c, 23'h7a83b3, 23'h77d0df, 23'h75257d, 23'h728177, 23'h6fe4ba,
    23'h6d4f30, 23'h6ac0c7, 23'h68396a, 23'h65b907, 23'h633f89, 23'h60ccdf,
    23'h5e60f5, 23'h5bfbb8, 23'h599d16, 23'h5744fd, 23'h54f35b, 23'h52a81e,
    23'h506334, 23'h4e248c, 23'h4bec15, 23'h49b9be, 23'h478d75, 23'h45672a,
    23'h4346cd, 23'h412c4d, 23'h3f179a, 23'h3d08a4, 23'h3aff5b, 23'h38fbaf,
    23'h36fd92, 23'h3504f3, 23'h3311c4, 23'h3123f6, 23'h2f3b79, 23'h2d583f,
    23'h2b7a3a, 23'h29a15b, 23'h27cd94, 23'h25fed7, 23'h243516, 23'h227043,
    23'h20b051, 23'h1ef532, 23'h1d3eda, 23'h1b8d3a, 23'h19e046, 23'h1837f0,
    23'h16942d, 23'h14f4f0, 23'h135a2b, 23'h11c3d3, 23'h1031dc, 23'h0ea43a,
    23'h0d1adf, 23'h0b95c2, 23'h0a14d5, 23'h08980f, 23'h071f62, 23'h05aac3,
    23'h043a29, 23'h02cd87, 23'h0164d2, 23'h000000
  };

  // step from EXP_BASE[i] to the next entry
  parameter logic [63:0][17:0] EXP_DELTA = {
    18'h2c1f4, 18'h2ba59, 18'h2b2d4, 18'h2ab62, 18'h2a406, 18'h29cbd,
    18'h2958a, 18'h28e69, 18'h2875d, 18'h28063, 18'h2797e, 18'h272aa,
    18'h26bea, 18'h2653d, 18'h25ea2, 18'h25819, 18'h251a2, 18'h24b3d,
    18'h244ea, 18'h23ea8, 18'h23877, 18'h23257, 18'h22c49, 18'h2264b,
    18'h2205d, 18'h21a80, 18'h214b3, 18'h20ef6, 18'h20949, 18'h203ac,
    18'h1fe1d, 18'h1f89f, 18'h1f32f, 18'h1edce, 18'h1e87d, 18'h1e33a,
    18'h1de05, 18'h1d8df, 18'h1d3c7, 18'h1cebd, 18'h1c9c1, 18'h1c4d3,
    18'h1bff2, 18'h1bb1f, 18'h1b658, 18'h1b1a0, 18'h1acf4, 18'h1a856,
    18'h1a3c3, 18'h19f3d, 18'h19ac5, 18'h19658, 18'h191f7, 18'h18da2,
    18'h1895b, 18'h1851d, 18'h180ed, 18'h17cc6, 18'h178ad, 18'h1749f,
    18'h1709a, 18'h16ca2, 18'h168b5, 18'h164d2
  };

  // fraction of a seed 0.5 * 1.xxx of 1/m
  parameter logic [63:0][11:0] RECIP_SEED = {
    12'h010, 12'h031, 12'h052, 12'h073, 12'h095, 12'h0b8,
    12'h0db, 12'h0ff, 12'h123, 12'h148, 12'h16e, 12'h194,
    12'h1bb, 12'h1e3, 12'h20b, 12'h234, 12'h25e, 12'h289,
    12'h2b4, 12'h2e0, 12'h30d, 12'h33b, 12'h36a, 12'h399,
    12'h3ca, 12'h3fb, 12'h42d, 12'h461, 12'h495, 12'h4cb,
    12'h501, 12'h539, 12'h572, 12'h5ac, 12'h5e7, 12'h624,
    12'h662, 12'h6a1, 12'h6e2, 12'h724, 12'h768, 12'h7ad,
    12'h7f4, 12'h83d, 12'h887, 12'h8d3, 12'h921, 12'h971,
    12'h9c3, 12'ha17, 12'ha6d, 12'hac5, 12'hb20, 12'hb7d,
    12'hbdd, 12'hc40, 12'hca5, 12'hd0d, 12'hd78, 12'hde6,
    12'he57, 12'hecc, 12'hf44, 12'hfc0
  };

  // fraction of a seed 0.5 * 1.xxx of 1/sqrt(m)
  parameter logic [63:0][11:0] RSQRT_SEED = {
    12'h010, 12'h031, 12'h052, 12'h075, 12'h098, 12'h0bc,
    12'h0e1, 12'h107, 12'h12e, 12'h157, 12'h180, 12'h1aa,
    12'h1d6, 12'h203, 12'h231, 12'h261, 12'h292, 12'h2c5,
    12'h2fa, 12'h330, 12'h368, 12'h3a2, 12'h3df, 12'h41d,
    12'h45e, 12'h4a1, 12'h4e7, 12'h530, 12'h57c, 12'h5cb,
    12'h61d, 12'h674, 12'h6b7, 12'h6e6, 12'h715, 12'h746,
    12'h778, 12'h7ab, 12'h7df, 12'h815, 12'h84c, 12'h885,
    12'h8c0, 12'h8fc, 12'h939, 12'h979, 12'h9bb, 12'h9fe,
    12'ha44, 12'ha8c, 12'had6, 12'hb23, 12'hb72, 12'hbc4,
    12'hc1a, 12'hc72, 12'hccd, 12'hd2d, 12'hd8f, 12'hdf6,
    12'he62, 12'hed2, 12'hf46, 12'hfc1
  };

  // sigmoid in units of 2^-22
  parameter logic [63:0][21:0] SIGMOID_BASE = {
    22'h3fffff, 22'h3fffff, 22'h3ffffe, 22'h3ffffd, 22'h3ffffa, 22'h3ffff7,
    22'h3ffff1, 22'h3fffe7, 22'h3fffd6, 22'h3fffbb, 22'h3fff8e, 22'h3fff45,
    22'h3ffecb, 22'h3ffe03, 22'h3ffcb8, 22'h3ffa97, 22'h3ff8f9, 22'h3ff6fb,
    22'h3ff46b, 22'h3ff122, 22'h3fecea, 22'h3fe780, 22'h3fe08e, 22'h3fd7a5,
    22'h3fcc38, 22'h3fbd92, 22'h3faacd, 22'h3f92c4, 22'h3f7400, 22'h3f4cac,
    22'h3f1a72, 22'h3eda67, 22'h3eb32e, 22'h3e87e2, 22'h3e5719, 22'h3e202d,
    22'h3de266, 22'h3d9cf8, 22'h3d4f07, 22'h3cf7a1, 22'h3c95c3, 22'h3c2856,
    22'h3bae30, 22'h3b2617, 22'h3a8ec5, 22'h39e6e9, 22'h392d2e, 22'h386042,
    22'h377ede, 22'h3687d1, 22'h357a0a, 22'h3454a8, 22'h331707, 22'h31c0d1,
    22'h305209, 22'h2ecb1e, 22'h2d2cf3, 22'h2b78ea, 22'h29b0e6, 22'h27d74b,
    22'h25eef7, 22'h23fb31, 22'h21ff95, 22'h200000
  };

  // step from SIGMOID_BASE[i] to the next entry
  parameter logic [63:0][16:0] SIGMOID_DELTA = {
    17'h00001, 17'h00000, 17'h00001, 17'h00001, 17'h00003, 17'h00003,
    17'h00006, 17'h0000a, 17'h00011, 17'h0001b, 17'h0002d, 17'h00049,
    17'h0007a, 17'h000c8, 17'h0014b, 17'h00221, 17'h0019e, 17'h001fe,
    17'h00290, 17'h00349, 17'h00438, 17'h0056a, 17'h006f2, 17'h008e9,
    17'h00b6d, 17'h00ea6, 17'h012c5, 17'h01809, 17'h01ec4, 17'h02754,
    17'h0323a, 17'h0400b, 17'h02739, 17'h02b4c, 17'h030c9, 17'h036ec,
    17'h03dc7, 17'h0456e, 17'h04df1, 17'h05766, 17'h061de, 17'h06d6d,
    17'h07a26, 17'h08819, 17'h09752, 17'h0a7dc, 17'h0b9bb, 17'h0ccec,
    17'h0e164, 17'h0f70d, 17'h10dc7, 17'h12562, 17'h13da1, 17'h15636,
    17'h16ec8, 17'h186eb, 17'h19e2b, 17'h1b409, 17'h1c804, 17'h1d99b,
    17'h1e854, 17'h1f3c6, 17'h1fb9c, 17'h1ff95
  };

  // ln(1 + t)/t as FP32 bits above 0x3f000000
  parameter logic [63:0][23:0] LN_BASE = {
    24'h8080ac, 24'h8102b3, 24'h81861c, 24'h820aec, 24'h82912c, 24'h8318e0,
    24'h83a211, 24'h842cc6, 24'h84b905, 24'h8546d6, 24'h85d640, 24'h86674d,
    24'h86fa03, 24'h878e6b, 24'h88248e, 24'h88bc74, 24'h895627, 24'h89f1b0,
    24'h8a8f18, 24'h8b2e69, 24'h8bcfae, 24'h8c72f1, 24'h8d183c, 24'h8dbf9c,
    24'h8e691b, 24'h8f14c5, 24'h8fc2a6, 24'h9072cb, 24'h912541, 24'h91da15,
    24'h929156, 24'h934b11, 24'h50c2b7, 24'h51f0a7, 24'h53230b, 24'h545a00,
    24'h5595a2, 24'h56d611, 24'h581b6c, 24'h5965d3, 24'h5ab568, 24'h5c0a4e,
    24'h5d64aa, 24'h5ec4a2, 24'h602a5d, 24'h619603, 24'h6307bf, 24'h647fbe,
    24'h65fe2d, 24'h67833c, 24'h690f1e, 24'h6aa205, 24'h6c3c28, 24'h6dddc0,
    24'h6f8707, 24'h71383b, 24'h72f19e, 24'h74b370, 24'h767dfb, 24'h785186,
    24'h7a2e60, 24'h7c14d8, 24'h7e0546, 24'h800000
  };

  // fall from LN_BASE[i] to the end of its interval
  parameter logic [63:0][16:0] LN_FALL = {
    17'h080ac, 17'h08207, 17'h08369, 17'h084d0, 17'h08640, 17'h087b4,
    17'h08931, 17'h08ab5, 17'h08c3f, 17'h08dd1, 17'h08f6a, 17'h0910d,
    17'h092b6, 17'h09468, 17'h09623, 17'h097e6, 17'h099b3, 17'h09b89,
    17'h09d68, 17'h09f51, 17'h0a145, 17'h0a343, 17'h0a54b, 17'h0a760,
    17'h0a97f, 17'h0abaa, 17'h0ade1, 17'h0b025, 17'h0b276, 17'h0b4d4,
    17'h0b741, 17'h0b9bb, 17'h12998, 17'h12df0, 17'h13264, 17'h136f5,
    17'h13ba2, 17'h1406f, 17'h1455b, 17'h14a67, 17'h14f95, 17'h154e6,
    17'h15a5c, 17'h15ff8, 17'h165bb, 17'h16ba6, 17'h171bc, 17'h177ff,
    17'h17e6f, 17'h1850f, 17'h18be2, 17'h192e7, 17'h19a23, 17'h1a198,
    17'h1a947, 17'h1b134, 17'h1b963, 17'h1c1d2, 17'h1ca8b, 17'h1d38b,
    17'h1dcda, 17'h1e678, 17'h1f06e, 17'h1faba
  };

endpackage
`default_nettype wire
