"""Plotly figures from a result and its contract."""
