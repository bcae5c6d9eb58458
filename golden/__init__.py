"""Bit-exact and cycle-exact NumPy model of the chip, usable without a simulator."""
