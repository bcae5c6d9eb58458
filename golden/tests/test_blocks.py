"""Blocks: values, parts, and the bound that allows plain arithmetic."""

import numpy as np
import pytest

from golden.blocks import HIGHEST, LOWEST, Blocks, fast_accumulate, fast_tree
from golden.formats import fp32_accumulate, fp32_sum_tree
from golden.tests.sizes import same_bits


def test_values_are_the_quantised_vector():
    x = np.random.default_rng(0).normal(size=96).astype(np.float32)
    x[32:64] = 0
    b = Blocks.of(x, 32)
    assert b.ordinary
    np.testing.assert_array_equal(b.values.reshape(-1), b.dequantise())
    assert np.abs(b.dequantise() - x).max() <= 2.0**-6
    np.testing.assert_array_equal(b.sums, b.m.reshape(3, 32).sum(axis=1))


def test_part_is_whole_blocks():
    b = Blocks.of(np.arange(64, dtype=np.float32), 16)
    part = b.part(16, 48)
    np.testing.assert_array_equal(part.m, b.m[16:48])
    np.testing.assert_array_equal(part.e, b.e[1:3])


@pytest.mark.parametrize(
    "field, ok",
    [(0, True), (LOWEST - 1, False), (LOWEST, True), (HIGHEST, True), (HIGHEST + 1, False)],
)
def test_ordinary(field, ok):
    e = np.array([127, field], np.uint8)
    assert Blocks(np.zeros(16, np.int8), e, 8).ordinary is ok


@pytest.mark.parametrize("n", range(1, 10))
def test_fast_sums_are_the_sums(n):
    x = np.random.default_rng(n).normal(size=(n, 40)).astype(np.float32)
    same_bits(fast_tree(x), fp32_sum_tree(x))
    same_bits(fast_tree(x.T, axis=1), fp32_sum_tree(x))
    same_bits(fast_accumulate(x), fp32_accumulate(x))
