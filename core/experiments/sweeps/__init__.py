"""Sweeps: all cells of a grid, or those that a search asks for."""
