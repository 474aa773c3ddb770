"""The pieces of Decide."""
