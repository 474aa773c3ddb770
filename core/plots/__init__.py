"""Plotly figures from results. No Streamlit, so that they are tested as plain functions."""
