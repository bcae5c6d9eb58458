"""Which files a module of this package depends on: what is made by it is kept under their contents."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(r"^from golden(?:\.(\w+) import| import ([\w, ]+))", re.M)


def sources_of(module: str) -> list[Path]:
    """Files of ``golden.<module>`` and of all modules beside it that it imports, directly or not."""
    found, todo = set(), [_HERE / f"{module}.py"]
    while todo:
        file = todo.pop()
        if file.is_file() and file not in found:
            found.add(file)
            for name, names in _IMPORT.findall(file.read_text()):
                todo += [_HERE / f"{n.strip().split(' ')[0]}.py" for n in (name or names).split(",")]
    return sorted(found)
