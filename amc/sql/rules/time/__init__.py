"""Windows, time zones, dates and durations."""
