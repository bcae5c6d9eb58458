"""The corpora: Jane Austen (Debian r-cran-janeaustenr) and the King James Bible (bible-kjv-text).

``python -m golden.models.train.corpus FOLDER`` downloads the packages with apt-get, unpacks them
without installing anything and writes austen.txt, heldout.txt and kjv.txt into FOLDER.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import zlib
from pathlib import Path

import rdata

PACKAGES = ("r-cran-janeaustenr", "bible-kjv", "bible-kjv-text")
NOVELS = ("emma", "mansfieldpark", "northangerabbey", "persuasion", "prideprejudice", "sensesensibility")
HELDOUT_NOVEL, HELDOUT_CHARS = "persuasion", 60_000


def download(folder: Path) -> None:
    """Fetch and unpack the Debian packages below ``folder``."""
    for package in PACKAGES:
        if not list(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        deb = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg", "-x", str(deb), str(folder / package)], check=True)


def _rds(raw: bytes) -> object:
    return rdata.conversion.convert(rdata.parser.parse_data(raw))


def novels(folder: Path) -> dict[str, str]:
    """The six novels by name, paragraphs joined, from R's lazy-load database."""
    base = folder / "r-cran-janeaustenr/usr/lib/R/site-library/janeaustenr/data/Rdata"
    index = _rds(gzip.decompress(base.with_suffix(".rdx").read_bytes()))
    database = base.with_suffix(".rdb").read_bytes()
    out = {}
    for name in NOVELS:
        start, length = (int(x) for x in index["variables"][name])
        record = database[start : start + length]
        kind = record[4:5]
        if kind in (b"2", b"Z"):
            raise SystemExit(f"{base}.rdb: compression type {kind!r} of {name} is not zlib")
        lines = _rds(zlib.decompress(record[4:]))
        out[name] = _paragraphs([str(x) for x in lines])
    return out


def _paragraphs(lines: list[str]) -> str:
    text = "\n".join(lines)
    text = re.sub(r"\n{3,}", "\n\n", text.replace("_", "").replace("--", " - "))
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    return re.sub(" {2,}", " ", text).strip() + "\n"


def bible(folder: Path) -> str:
    """The King James Bible, a verse a line, without references."""
    program = (folder / "bible-kjv/usr/bin/bible").resolve()
    data = folder / "bible-kjv-text/usr/lib"
    command = [str(program), "-f", "Gen1:1-Rev22:21"]
    shown = subprocess.run(
        command, cwd=data, env={"BIBLELIB": "."}, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    lines = shown.stdout.decode("latin-1").splitlines()
    return "\n".join(line.split(" ", 1)[1] for line in lines if " " in line) + "\n"


def main() -> None:
    """Write the corpora."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    download(folder)
    books = novels(folder)
    heldout = books[HELDOUT_NOVEL][-HELDOUT_CHARS:]
    books[HELDOUT_NOVEL] = books[HELDOUT_NOVEL][:-HELDOUT_CHARS]
    (folder / "austen.txt").write_text("\n".join(books.values()))
    (folder / "heldout.txt").write_text(heldout)
    (folder / "kjv.txt").write_text(bible(folder))
    for name in ("austen", "heldout", "kjv"):
        print(f"{name}.txt: {(folder / f'{name}.txt').stat().st_size} bytes")


if __name__ == "__main__":
    main()
