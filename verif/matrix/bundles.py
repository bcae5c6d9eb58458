"""Control bundles of roma_pkg as the matrix units' benches put them on the ports."""

from __future__ import annotations


def l_ctrl(ctx: int, rom: int, scale: int, chunk: int, slot: int, *flags: int) -> int:
    """roma_pkg::l_ctrl_t; flags bank, first_pass, last_pass, first_chunk."""
    bank, first_pass, last_pass, first_chunk = flags
    tail = bank << 3 | first_pass << 2 | last_pass << 1 | first_chunk
    return ctx << 92 | rom << 60 | scale << 28 | chunk << 16 | slot << 4 | tail


def h_ctrl(
    op: int,
    addr: int,
    step: tuple[int, int],
    size: tuple[int, int],
    ctx: int = 0,
    bank: int = 0,
    position: tuple[int, int] = (0, 0),
) -> int:
    """roma_pkg::h_ctrl_t.

    Parameters
    ----------
    op, addr
        Operation and SRAM word.
    step, size
        (slot, block) of the step and of the loop.
    ctx, bank, position
        Of the token: context, bank of the LoRA results, (slot, member) in the KV group.
    """
    (slot, blk), (slots, blocks) = step, size
    flags = (blk == 0) << 3 | (blk == blocks - 1) << 2 | (slot == 0) << 1 | (slot == slots - 1)
    token = ctx << 25 | bank << 24 | position[0] << 12 | position[1]
    return op << 87 | token << 60 | addr << 28 | slot << 16 | blk << 4 | flags


def drain_ctrl(ctx: int, slot: int, bank: int, lora: int) -> int:
    """roma_pkg::drain_ctrl_t."""
    return ctx << 14 | slot << 2 | bank << 1 | lora
