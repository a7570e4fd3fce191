"""Alembic's entry: the connection is handed over by `amc.db.migrate`."""

from alembic import context

import amc.db.mapping_models
import amc.db.people  # noqa: F401 - the import is what registers the tables
from amc.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    compare_type=False,
    include_object=lambda obj, name, kind, reflected, other: (
        not (kind == "table" and reflected and other is None)
    ),
)
with context.begin_transaction():
    context.run_migrations()
