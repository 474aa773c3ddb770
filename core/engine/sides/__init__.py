"""Pairs across engines: each side in a process of its own engine, measured in turns."""
