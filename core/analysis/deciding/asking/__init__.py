"""Reads what a person asks for in constraints, in plain words."""
