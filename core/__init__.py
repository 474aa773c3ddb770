"""The LLM trade-off lab without its browser pages: what can run, running it, and reading it.

Imports point one way: errors -> variants -> results -> analysis -> plots; `engine` and `jobs`
stand on `variants` and `results`. Only `core.engine` may import torch or transformers, and
nothing in `core` imports streamlit.
"""
