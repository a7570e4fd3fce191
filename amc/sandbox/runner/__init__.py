"""Executions as they live: queued, compiled, run, published, ended; faults; native schedules."""
