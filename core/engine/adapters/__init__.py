"""Engines beside transformers, one folder each. Nothing in here imports torch."""
