"""One C++ code for all copies of a module, so that a chip of hundreds of matrix units builds.

Verilator writes the C++ of every instance anew: 256 matrix units are 370 MB of it. It keeps one
function for all instances whose code is the same word for word, which needs three things: modules stay
modules, what differs between their copies stays behind ports (public ones are left alone), and
functions are called instead of being copied in under names of their own. Measured in
docs/simulation-speed.md.
"""

from __future__ import annotations

import re
from pathlib import Path

# Modules of which a chip has many, and their ports that mean something else in every copy.
PORTS = {
    "matrix_unit": ("col_i", "row_i", "gmax_i"),
    "vector_unit": ("col_i", "drain_data_i", "red_data_i"),
    "pair_tree": ("data_i",),
}
# Short functions: an assertion's text names its instance, so that code is never the same.
ARGUMENTS = (
    "-fno-inline-funcs",
    "-fno-life",  # Verilator 5.48 takes assignments for dead that stand before such a call
    "-fno-dfg",
    "--output-split",
    "40000",
    "--output-split-cfuncs",
    "60",
)
_JOINED = 8  # files


def config() -> str:
    """Lines for Verilator's configuration file."""
    lines = [f'no_inline -module "{module}"' for module in PORTS]
    lines += [f'public_flat_rw -module "{m}" -var "{port}"' for m, ports in PORTS.items() for port in ports]
    return "\n".join([*lines, ""])


def join_symbols(folder: Path) -> None:
    """Join the symbol table's files, a thousand of a kilobyte each, to a few before they are compiled."""
    makefile = folder / "Vtop_classes.mk"
    lines = makefile.read_text().splitlines(keepends=True)
    small = [x for x in lines if re.fullmatch(r"\s*Vtop__Syms__[cd]tor__\d+__Slow \\\n", x)]
    if len(small) <= _JOINED:
        return
    for n in range(_JOINED):
        parts = [folder / f"{x.split()[0]}.cpp" for x in small[n::_JOINED]]
        (folder / f"Vtop__Syms__joined__{n}__Slow.cpp").write_text("".join(p.read_text() for p in parts))
    first = lines.index(small[0])
    kept = [x for x in lines if x not in set(small)]
    kept[first:first] = [f"  Vtop__Syms__joined__{n}__Slow \\\n" for n in range(_JOINED)]
    makefile.write_text("".join(kept))
