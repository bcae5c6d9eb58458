#!/usr/bin/env python3
"""GTKWave's translate filter process: FP32 and BF16 patterns in hex on stdin, numbers on stdout."""

import struct
import sys

for line in sys.stdin:
    word = line.strip()
    try:
        pattern = int(word, 16) << (16 if len(word) <= 4 else 0)
        print(f"{struct.unpack('>f', struct.pack('>I', pattern))[0]:.6g}", flush=True)
    except (ValueError, struct.error):  # x, z
        print(word, flush=True)
