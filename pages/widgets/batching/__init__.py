"""The pieces of Batching."""
