"""Prints the table of the cover points."""

from __future__ import annotations

from verif.coverage.points import GROUPS


def main() -> None:
    """Name, bins or crossed points, sentence; one line a point."""
    for group in GROUPS:
        for p in group.points:
            bins = " x ".join(p.of) if p.of else " ".join(p.bins)
            short = bins if len(bins) <= 60 else bins[:57] + "..."
            print(f"{group.full(p):34} {short:62} {p.shows}")


if __name__ == "__main__":
    main()
