"""Binds a recorder (``cover_tap.sv``) into every module of a build that has cover points.

What is sampled is so what the modules themselves saw, in every bench that contains them, however the
bench drives them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from verif.coverage.model import Group
from verif.coverage.points import GROUPS

TAP = Path(__file__).with_name("cover_tap.sv")
INSTANCES = 8  # of a module in a run; units work in lockstep


def field(read: str) -> tuple[str, str]:
    """Name and expression of a recorded signal."""
    name, equals, expression = read.partition("=")
    return (name, expression) if equals and name.isidentifier() else (read, read)


def bind(group: Group, has_reset: bool) -> str:
    """The SystemVerilog that binds the tap of a group."""
    names, padded, widths = [], [], []
    for read in group.reads:
        name, expression = field(read)
        names.append(f"{name} %0d")
        widths.append(f"$bits({expression})")
        padded.append(f"{{{{((32-$bits({expression})%32)%32){{1'b0}}}}, {expression}}}")
    names += [f"{k}: %0d" for k in group.keeps]
    values = ", ".join([f'"{" ".join(names)}"', *widths, *group.keeps])
    words = " + ".join(f"($bits({field(r)[1]})+31)/32" for r in group.reads) or "1"
    data = ", ".join(reversed(padded)) or "32'd0"
    when = f"({group.when}) && rst_ni === 1'b1" if has_reset else group.when
    return (
        f'bind {group.block} cover_tap #(\n  .KEY("{group.key}"), .HEAD($sformatf({values})),\n'
        f"  .WIDTH(32 * ({words})), .LIMIT({group.limit}), .INSTANCES({INSTANCES})\n"
        f") u_cover_{group.key} (\n  .clk_i(clk_i), .when_i({when}),\n  .data_i({{{data}}})\n);\n"
    )


def binds(sources: Sequence[Path]) -> str:
    """All binds for a build of these sources; empty when none of them has cover points."""
    texts = {p.stem: p.read_text() for p in sources}
    return "".join(
        bind(g, bool(re.search(r"\brst_ni\b", texts[g.block]))) for g in GROUPS if g.block in texts
    )
