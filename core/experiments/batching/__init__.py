"""Load tests: steps measured, loads simulated and served in truth, and both compared."""
