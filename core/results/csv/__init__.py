"""Runs and served requests as CSV, both ways."""
