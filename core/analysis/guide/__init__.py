"""The guided first run: a baseline, then one lever at a time, what to look at, what came out."""
