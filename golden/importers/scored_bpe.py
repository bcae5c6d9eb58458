"""SentencePiece's BPE: of all neighbours the pair whose union has the best score is merged first."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence

# A score below this is no merge: llama2.c's floor.
_FLOOR = -1e10


class ScoredBpe:
    """Text to tokens by scores, as SentencePiece, llama.cpp and llama2.c do it.

    Parameters
    ----------
    vocabulary
        Id of every piece of text; the first piece's space is a plain one.
    scores
        Score of every id; of equal ones the leftmost pair wins.
    byte
        Id of every byte, for characters without a piece.
    special
        Ids of texts that are cut out before anything is merged.
    start
        Ids at the beginning of a sequence.
    spaced
        Whether a space is put before the text (and again behind every special one).
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        scores: Sequence[float],
        byte: Mapping[int, int],
        special: Mapping[str, int],
        start: Sequence[int],
        spaced: bool,
    ) -> None:
        self._vocabulary, self._scores, self._byte = vocabulary, scores, byte
        self._special, self._start, self._spaced = special, list(start), spaced
        longest_first = sorted(special, key=len, reverse=True)
        self._cut = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")") if special else None

    def __call__(self, text: str, special: bool) -> list[int]:
        """Ids of ``text``; ``special``: behind those that begin a sequence."""
        out = list(self._start) if special else []
        for part in self._cut.split(text) if self._cut else [text]:
            if part in self._special:
                out.append(self._special[part])
            elif part:
                out += self._merged(" " + part if self._spaced else part)
        return out

    def _merged(self, text: str) -> list[int]:
        pieces: list[str | None] = []  # None: a byte that merges with nothing
        ids: list[int] = []
        for character in text:
            if character in self._vocabulary:
                pieces.append(character)
                ids.append(self._vocabulary[character])
            else:
                raw = character.encode("utf-8", "replace")
                pieces += [None] * len(raw)
                ids += [self._byte[b] for b in raw]
        after = [*range(1, len(ids)), -1]
        before = list(range(-1, len(ids) - 1))
        heap: list[tuple[float, int, int, str]] = []

        def offer(left: int, right: int) -> None:
            if left >= 0 and right >= 0 and pieces[left] is not None and pieces[right] is not None:
                union = pieces[left] + pieces[right]
                token = self._vocabulary.get(union)
                if token is not None and self._scores[token] > _FLOOR:
                    heapq.heappush(heap, (-self._scores[token], left, right, union))

        for left in range(len(ids) - 1):
            offer(left, left + 1)
        gone = [False] * len(ids)
        while heap:
            _, left, right, union = heapq.heappop(heap)
            stale = gone[left] or gone[right] or after[left] != right
            if stale or pieces[left] + pieces[right] != union:
                continue
            pieces[left], ids[left], gone[right] = union, self._vocabulary[union], True
            after[left] = after[right]
            if after[left] >= 0:
                before[after[left]] = left
            offer(before[left], left)
            offer(left, after[left])
        return [token for token, lost in zip(ids, gone, strict=True) if not lost]
