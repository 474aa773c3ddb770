"""The pieces of Present."""
