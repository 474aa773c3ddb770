"""The pieces of Sweep."""
