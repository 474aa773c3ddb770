"""The pieces of Claims."""
