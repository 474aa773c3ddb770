"""WHAT came out: result types, statistics, the metrics table, history, exports.

Knows nothing of torch, of Streamlit, or of prices.
"""
