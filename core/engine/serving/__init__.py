"""Loads in real time: measured steps, batches through `generate`, continuous batching."""
