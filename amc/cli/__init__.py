"""python -m amc: every use case without a browser."""
