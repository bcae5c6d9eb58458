"""Transistors of an L-Unit: Yosys counts the logic, a model the arrays; see docs/area-energy.md."""
