"""The verification plan: what must hold of every block, and which tests, cover points and proofs show it."""
