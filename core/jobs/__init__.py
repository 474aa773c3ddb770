"""WHO waits for a run: the queue of each device, cancelling, and talking to the worker process.

Knows nothing of torch (that is the worker's) and nothing of Streamlit.
"""
