"""Results: ingest, store, view, export."""
