"""Database engine, models and repositories (the only place with select())."""
