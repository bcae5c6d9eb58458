"""How early an operation may issue behind the one that it needs: the left fields of the programme.

Every function returns the most that the counter of the earlier operation may still read in the cycle
in which the later one issues (SPEC chapter 4). The derivations use the cycles of SPEC chapter 5: p and
c are the issue cycles of producer and consumer, and left = p + D + 1 - c.
"""

from __future__ import annotations

from golden.config import clog2
from golden.geometry import Geometry
from golden.latency import EXP_LATENCY, MXQ_LATENCY, RECIP_LATENCY

ANY = 255  # does not wait
ANY_N = 127


class Waits:
    """Left fields on one geometry."""

    def __init__(self, g: Geometry) -> None:
        self.g = g
        self.hops, self.block_words = g.chip.hops, g.chip.block // g.chip.rows

    def embed_to_send(self, words: int) -> int:
        """The word of step i is written in p + 4 + i and read in c + 1 + i."""
        return words

    def drain_to_send(self, words: int) -> int:
        """The word of step i is written in p + 5 + i + 2 HOPS and read in c + 1 + i."""
        return words + 2

    def send_to_gemv(self, words: int, slots: int, chunks: int, passes: int) -> int:
        """Chunk k is there in p + 1 + TX + MXQ + (k+1) W + HOPS, read in c + 1 + k slots passes + HOPS."""
        w = self.block_words
        late = max((k + 1) * w - k * slots * passes for k in range(chunks))
        return max(0, words + self.hops + 2 - late)

    def send_to_lora_a(self, words: int, blocks: int) -> int:
        """As for a GEMV; block b of HB lies in chunk b HB / B and is read in c + 1 + b + HOPS."""
        chip = self.g.chip
        late = max((b * chip.h_block // chip.block + 1) * self.block_words - b for b in range(blocks))
        return max(0, words + self.hops + 2 - late)

    def lora_a_to_send(self, rank_slots: int) -> int:
        """Word j of t is written when its slot's last block is through, read in c + 1 + j."""
        return rank_slots + 1

    def send_to_lora_b(self) -> int:
        """Block b of t is complete in p + TX + MXQ + (b+1) W + HOPS, read in c + 1 + b + HOPS."""
        return self.hops + 1 + self.g.t_blocks

    def results_to_drain(self, slots: int) -> int:
        """The last slot's sum is there D + 1 - HOPS behind p, read in c + slots + HOPS.

        The same for accumulators behind a GEMV and for LoRA results behind H.LORA_B.
        """
        return min(slots + self.hops + 1, ANY - 1)

    def rinv_to_drain(self) -> int:
        """The register holds 1/rms behind the last cycle of N; a result meets it in c + 3 + 2 HOPS."""
        return 2 * self.hops + 3

    def gemv_to_send(self, transform_latency: int) -> int:
        """The input's last chunk is read in p + n + HOPS, overwritten from c + 1 + TX + W + MXQ + HOPS on."""
        c = self.g.chip
        return self.hops + 6 + clog2(c.columns) + transform_latency + self.block_words + MXQ_LATENCY

    def q_to_early(self) -> int:
        """Q's last word is written in p + D - 1, read in c + 1 + HOPS at the earliest.

        The last operation on S may be LoRA's t of k instead: it issued when S was ready behind q, and
        its D - O is q's, so it ends later.
        """
        return self.hops + 2

    def k_to_score(self) -> int:
        """K's last word is written in p + D - 1, read in c + 1 + HOPS at the earliest."""
        return self.hops + 2

    def v_to_context(self) -> int:
        """V's last word is written in p + D - 1, read in c + 3 + EXP + HOPS at the earliest."""
        return self.hops + EXP_LATENCY + 4

    def score_to_context(self) -> int:
        """The maximum is in its register from p + D - HOPS - 1, subtracted from c + 2 + HOPS on."""
        return self.hops + 4

    def context_to_reduce(self) -> int:
        """The accumulators hold the context from p + D - 1 on, read from c + 1 + HOPS on."""
        return self.hops + 3

    def reduce_to_send(self, beats: int, words: int) -> int:
        """A group's last column gets its words behind those of the others; 1/sum RECIP behind beat 0."""
        late = max(3 + (self.g.cpk - 1) * words, RECIP_LATENCY + 1)
        return max(0, beats + 3 + RECIP_LATENCY - late)
