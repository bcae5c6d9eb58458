"""The short screen of a failing unit bench: block, port, cycle, elements as hex and number, pattern."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SHOWN = 8


def number(word: int, bits: int) -> str:
    """A word as hex and as the number that it most likely is.

    32 bits that make an ordinary FP32 are shown as one, other words as integers, of 8 bits as signed
    ones (mantissas).
    """
    text = f"{word:0{-(-bits // 4)}x}"
    if bits == 32 and 0x10 < (word >> 23 & 0xFF) < 0xF0:
        return f"{text} ({struct.unpack('>f', struct.pack('>I', word))[0]:.9g})"
    if bits == 8:
        return f"{text} ({word - 256 if word > 127 else word})"
    return f"{text} ({word})" if bits <= 64 and word > 9 else text


def differences(
    block: str,
    port: str,
    cycle: int,
    got: Sequence[int],
    want: Sequence[int],
    bits: int,
    where: str = "",
) -> str:
    """The screen of a wrong value; empty when nothing differs.

    Parameters
    ----------
    block, port, cycle
        Where it was seen.
    got, want
        Elements, index 0 first.
    bits
        Of an element.
    where
        What else tells the place: tags, operands.
    """
    bad = [i for i, (g, w) in enumerate(zip(got, want, strict=True)) if g != w]
    if not bad:
        return ""
    lines = [f"MISMATCH in {block}: {port} in cycle {cycle}{f', {where}' if where else ''}"]
    lines.append(f"  elements   {len(bad)} of {len(want)} differ:")
    lines += [f"    [{i}] RTL {number(got[i], bits)}  expected {number(want[i], bits)}" for i in bad[:SHOWN]]
    hint = pattern(got, want, bits)
    return "\n".join([*lines, f"  pattern    {hint}"] if hint else lines)


def pattern(got: Sequence[int], want: Sequence[int], bits: int) -> str:
    """What all differences have in common; empty when nothing is known."""
    pairs = [(g, w) for g, w in zip(got, want, strict=True) if g != w]
    if all(g == 0 for g, _ in pairs):
        return "RTL is zero where golden is not"
    if all(g ^ w == 1 << bits - 1 for g, w in pairs):
        return "only signs differ"
    if all(abs(g - w) == 1 for g, w in pairs):
        return "all differ by one unit in the last place: rounding"
    if bits == 32 and len({g - w for g, w in pairs}) == 1 and (pairs[0][0] - pairs[0][1]) % (1 << 23) == 0:
        return f"RTL is golden times 2^{(pairs[0][0] - pairs[0][1]) >> 23}: exponent or scale"
    n = len(want)
    for by in range(1, n):
        if n > 1 and len(pairs) > 1 and all(got[i] == want[(i - by) % n] for i in range(n)):
            return f"elements are moved by {by}: index or wiring"
    if len(pairs) == 1 and n > 1:
        index = next(i for i, (g, w) in enumerate(zip(got, want, strict=True)) if g != w)
        if got[index] in want:
            return f"element {index} holds golden's element {list(want).index(got[index])}: index or wiring"
        return f"only element {index}"
    return ""


def nearest(cycle: int, due: Sequence[int]) -> str:
    """How a valid that came, or did not, lies to the cycles in which golden has beats."""
    if not due:
        return "golden expects no further beat"
    at = min(due, key=lambda c: abs(c - cycle))
    if at == cycle:
        return "golden has a beat here"
    side = "early" if at > cycle else "late"
    return f"golden's nearest beat is in cycle {at}: {abs(at - cycle)} {side}?"
