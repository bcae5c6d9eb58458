"""Toggles and accesses of a simulated chip, and an energy estimate; see docs/area-energy.md."""
