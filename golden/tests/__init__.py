"""Tests of the golden model; run with ``pytest golden``."""
