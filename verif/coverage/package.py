"""Measures the functions of a package.

Verilator counts lines and branches of functions only where they stand in a module. For coverage the
package's body is put into the bench wrapper that calls its functions, with the package's own file and
line numbers.
"""

from __future__ import annotations

from pathlib import Path


def inlined(wrapper: Path, package: Path, folder: Path) -> Path:
    """A copy of ``wrapper`` in ``folder`` whose module begins with the body of ``package``."""
    before, after = wrapper.read_text().split("\n);\n", 1)
    lines = package.read_text().splitlines()
    first = next(i for i, x in enumerate(lines) if x.startswith("package ")) + 1
    last = next(i for i, x in enumerate(lines) if x.startswith("endpackage"))
    # Its constants come with the wrapper's import.
    body = "\n".join("" if x.lstrip().startswith("parameter ") else x for x in lines[first:last])
    back = before.count("\n") + 3
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / wrapper.name
    out.write_text(f'{before}\n);\n`line {first + 1} "{package}" 0\n{body}\n`line {back} "{out}" 0\n{after}')
    return out
