"""A budgeted search over a grid: which cell to measure next."""
