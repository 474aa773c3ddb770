"""OpenVINO: a graph that is exported once, compiled for the processor, and driven step by step.

Everything but `export`, which is a process of its own, does without torch: what the worker holds
in memory is then the engine's.
"""
