"""Parts of schedules: whether a row can be used, and whose turn it is."""
