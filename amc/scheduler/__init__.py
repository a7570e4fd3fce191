"""The APScheduler process: wiring only."""
