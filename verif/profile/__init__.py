"""Tests of ``make profile``."""
