"""The program broken on purpose: each folder holds the tests of one promise of docs/reliability.md.

`make test` runs what takes seconds, `make soak` what is marked `soak`.
"""
