"""Batching under load: step times fitted to measured ones, a simulator, and what comes of it."""
