"""Checkpoints on disk to ``llama.Checkpoint``: one module a file format."""
