"""Runs against each other: two measured in turns, or stored ones."""
