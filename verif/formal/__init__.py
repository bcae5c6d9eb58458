"""Formal properties of the RTL: wrappers, table, engines; see README.md."""
