"""A damaged history, read into a file beside it as far as it can be."""
