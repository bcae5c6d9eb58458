"""Saved views of a window: a GTKWave save file and a Surfer command file, made from the hierarchy.

Surfer documents its command files (.sucl) as an interface; its state files change with its version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vcd.gtkw import GTKWSave

from verif.debug.case import Case
from verif.debug.taps import FLOATS, Verdict
from verif.debug.waves import TOP, Waves

_FILTER = Path(__file__).parent / "float_filter.py"  # hex to numbers; GTKWave's own shows six decimals
_MOST = 24  # signals of a group, at most


@dataclass(frozen=True)
class Shown:
    """A signal of a view: its name as the library gives it, and how it is shown."""

    name: str
    kind: str  # fp32, bf16, int8, hex, bit


def write(case: Case, verdict: Verdict, waves: Waves, path: Path) -> list[tuple[str, Path]]:
    """Write both views; returns the commands that open them and the files."""
    groups = select(case, verdict, waves)
    marker = waves.time_of(case.first.cycle)
    gtkw = _gtkwave(groups, waves, marker, path.with_suffix(".gtkw"))
    return [("gtkwave", gtkw), ("surfer -c", _surfer(groups, waves, marker, path.with_suffix(".sucl")))]


def select(case: Case, verdict: Verdict, waves: Waves) -> dict[str, list[Shown]]:
    """Groups of signals: time, issue, the upstream neighbour's ports, the failing block's ports."""
    groups = {
        "time": [f"{TOP}.clk_i", f"{TOP}.u_tracer.cycle"],
        "issue": waves.names("pr_issue_valid") + waves.names("pr_issue_pc"),
    }
    for stage in case.upstream:
        groups[f"upstream_{stage.probe}"] = _probe(stage.probe, waves, case)
    groups[f"first_bad_{case.first.probe.name}"] = _probe(case.first.probe.name, waves, case)
    if verdict.finding is not None:
        tap = verdict.finding.tap
        groups[f"module_{tap.module}"] = _ports(tap.scope, waves)
    return {
        k: [Shown(n, _kind(n, waves)) for n in dict.fromkeys(v) if n in waves.vars][:_MOST]
        for k, v in groups.items()
        if v
    }


_PROBES = {
    "bcast": ("bc_valid", "bc_dest", "bc_blk", "bc_word", "bc_addr", "bc_member", "bc_exp", "bc_data"),
    "drain": ("drain_valid", "drain_slot", "drain_data"),
    "lora_t": ("t_valid", "t_slot", "t_data"),
    "red": ("red_valid", "red_kind", "red_slot", "red_data"),
    "gmax": ("gmax_valid", "gmax"),
    "sample": ("sample_valid", "sample_token"),
}


def _probe(name: str, waves: Waves, case: Case) -> list[str]:
    """The signals of a probe; of arrays over units only those of the unit that is looked at."""
    c, r = case.unit
    if name in _PROBES:
        wanted = _PROBES[name]
    else:
        wanted = tuple(
            n.removeprefix(f"{TOP}.")
            for n in waves.vars
            if n.startswith(f"{TOP}.pr_{name}_") and "[" not in n
        ) + tuple(
            {
                n.removeprefix(f"{TOP}.").split(".")[0]
                for n in waves.vars
                if n.startswith(f"{TOP}.pr_{name}_data.")
            }
        )
    out = []
    for signal in wanted:
        names = waves.names(signal)
        own = [n for n in names if f".[{c}].[{r}]" in n] or [n for n in names if f".[{c}]" in n] or names
        out += own
    return out


def _ports(scope: str, waves: Waves) -> list[str]:
    """Ports of an instance: valids first, then inputs, then outputs."""
    own = [n for n in waves.vars if n.startswith(f"{TOP}.{scope}.")]
    ports = [n for n in own if re.match(r"[a-z0-9_]+_[io](\.|$)", n[len(f"{TOP}.{scope}.") :])]
    ports = [n for n in ports if not re.search(r"\.(clk_i|rst_ni)$", n)]

    def order(name: str) -> tuple[int, int]:
        short = name[len(f"{TOP}.{scope}.") :]
        return (0 if "valid" in short else 1, 1 if short.split(".")[0].endswith("_o") else 0)

    return sorted(ports, key=order)


def _kind(name: str, waves: Waves) -> str:
    width = int(waves.vars[name].bitwidth or 1)
    base = re.sub(r"(\.\[\d+\])+$", "", name).rsplit(".", 1)[-1]
    if width == 1:
        return "bit"
    if width == 32 and FLOATS.search(base) and not re.search(r"addr|token|pc|row", base):
        return "fp32"
    if width == 16 and re.fullmatch(r"(pr_prob_data|p_[oiq])", base):
        return "bf16"
    if width == 8 and re.search(r"data|^x_", base):
        return "int8"
    return "hex"


def gtkwave_name(name: str, width: int) -> str:
    """GTKWave's name of a signal: elements of arrays carry the array's name again, and a range."""
    found = re.match(r"^(.*\.)([^.\[]+)((?:\.\[\d+\])+)$", name)
    out = name
    if found:
        head, base, index = found.groups()
        scopes = re.findall(r"\.\[\d+\]", index)[:-1]
        out = f"{head}{base}{''.join(scopes)}.{base}{index.replace('.', '')}"
    return f"{out}[{width - 1}:0]" if width > 1 else out


def _gtkwave(groups: dict[str, list[Shown]], waves: Waves, marker: int, path: Path) -> Path:
    fmt = {"int8": "signed", "bit": "bin"}
    with path.open("w") as file:
        save = GTKWSave(file)
        save.dumpfile(str(waves.path.resolve()), abspath=True)
        save.dumpfile_size(waves.path.stat().st_size)
        save.timestart(max(0, marker - 60))
        save.zoom_markers(-3.0, marker)
        for title, signals in groups.items():
            with save.group(title):
                for s in signals:
                    name = gtkwave_name(s.name, int(waves.vars[s.name].bitwidth or 1))
                    more = {"translate_filter_proc": str(_FILTER)} if s.kind in ("fp32", "bf16") else {}
                    save.trace(name, datafmt=fmt.get(s.kind, "hex"), **more)
    return path


def _surfer(groups: dict[str, list[Shown]], waves: Waves, marker: int, path: Path) -> Path:
    fmt = {"fp32": "FP: 32-bit IEEE 754", "bf16": "FP: bfloat16", "int8": "Signed", "hex": "Hexadecimal"}
    lines = [f"load_file {waves.path.resolve()}"]
    for title, signals in groups.items():
        lines.append(f"divider_add {title}")
        for s in signals:
            lines.append(f"variable_add {waves.vars[s.name].full_name}")
            if s.kind in fmt:
                lines.append(f"item_set_format {fmt[s.kind]}")
    lines += [f"cursor_set {marker}", f"marker_set mismatch {marker}", "goto_cursor"]
    path.write_text("\n".join(lines) + "\n")
    return path
