"""Runs the steps that services register, durably: DBOS on SQLite or PostgreSQL, behind two classes.

`queue.WorkQueue` puts a step into the caller's own transaction; `worker.Worker` carries steps
out. A step is a
plain function of a payload, small, idempotent and never waiting. What fails is not tried again
here: the step itself writes down when it wants to be tried again, and the sweep enqueues it under
a new id (an id that ended, even in an error, never runs again).
"""
