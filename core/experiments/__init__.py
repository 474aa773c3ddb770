"""WHAT FOR: one question asked with many runs, such as a sweep, a search or a claim on trial.

Stands on `jobs`, which carries the runs out, and on `analysis`, which says what they mean.
"""
