"""RUNS it, in a worker process of its own: the only part that imports torch and transformers.

Knows nothing of queues, history, prices or pages; it speaks through `core.jobs.protocol`.
"""
