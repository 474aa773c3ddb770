"""Measures what the program itself costs, so that its promises can be checked on any machine.

Every figure is a ratio of two things measured in the same run, interleaved where a machine's mood
could favour one of them. Run by `make bench`; not part of the program.
"""
