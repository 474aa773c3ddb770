"""WHAT can run: models, precisions, attention, KV cache, compilation, the specs, this machine.

Knows nothing of torch, of Streamlit, or of how a run is measured.
"""
