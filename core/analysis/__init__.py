"""WHAT it means: cost, deltas, estimates, and what a run's settings became.

Works on results and specs alone; knows nothing of torch, pages or plots.
"""
