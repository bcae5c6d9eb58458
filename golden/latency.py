"""Pipeline latencies of the FP units in cycles, the same numbers as in ``hdl/fp/fp_pkg.sv``.

A latency is the distance from the cycle in which an input is valid on a port to the cycle in which
its result is. For the block quantiser it counts from the last word of a block to its first output.
"""

EXP_LATENCY = 5
RECIP_LATENCY = 4
RSQRT_LATENCY = 5
SIGMOID_LATENCY = 5
LN_LATENCY = 5
MXQ_LATENCY = 2

# Transforms of a SEND in the order of roma_pkg::transform_e: none, norm, rope, inv, silu.
TRANSFORM_LATENCY = (0, 1, 2, 1, SIGMOID_LATENCY + 2)
