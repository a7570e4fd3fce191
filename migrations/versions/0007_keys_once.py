"""Keys are never used again on SQLite; references to what is gone are cleared.

SQLite gives the highest key anew once its row is removed, unless the table says AUTOINCREMENT.
That cannot be said of a table that stands, so each is made anew under its own text with every row
as it is. `amc.db.migrate` holds the foreign keys off meanwhile.
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "accounts",
    "audit",
    "brand_rules",
    "brands",
    "campaign_mappings",
    "connections",
    "drafts",
    "execution_events",
    "executions",
    "fleet_runs",
    "instance_changes",
    "instance_sets",
    "instances",
    "name_parts",
    "published_workflows",
    "schedules",
    "seen_campaigns",
    "sign_in_tries",
    "slots",
    "sync_runs",
    "users",
    "workflow_versions",
    "workflows",
)
# Keys that are kept in a column without a foreign key.
_REFERENCES = (
    ("slots", "executions", "slot_id"),
    ("schedules", "fleet_runs", "schedule_id"),
    ("fleet_runs", "slots", "fleet_run_id"),
    ("users", "oauth_states", "user_id"),
    ("users", "sign_in_tickets", "user_id"),
    ("connections", "oauth_states", "connection_id"),
)
_CLEAR = (
    # Also one that was given out again, and belongs to another run now.
    "UPDATE executions SET slot_id = NULL WHERE slot_id IS NOT NULL AND NOT EXISTS (SELECT 1"
    " FROM slots WHERE slots.id = executions.slot_id"
    " AND slots.fleet_run_id = executions.fleet_run_id)",
    "UPDATE fleet_runs SET schedule_id = NULL WHERE schedule_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM schedules WHERE schedules.id = fleet_runs.schedule_id"
    " AND schedules.created_at <= fleet_runs.created_at)",
    "UPDATE slots SET fleet_run_id = NULL WHERE fleet_run_id IS NOT NULL"
    " AND fleet_run_id NOT IN (SELECT id FROM fleet_runs)",
    "UPDATE oauth_states SET user_id = NULL WHERE user_id IS NOT NULL"
    " AND user_id NOT IN (SELECT id FROM users)",
    "UPDATE oauth_states SET connection_id = NULL WHERE connection_id IS NOT NULL"
    " AND connection_id NOT IN (SELECT id FROM connections)",
    "DELETE FROM sign_in_tickets WHERE user_id NOT IN (SELECT id FROM users)",
)
_PLAIN = re.compile(r'(?<![\w"])(?P<name>"?id"? INTEGER) NOT NULL')
_PRIMARY = re.compile(r',\s*CONSTRAINT "?(?P<label>pk_\w+)"? PRIMARY KEY \("?id"?\)')
_ONCE = re.compile(
    r'(?<![\w"])(?P<name>"?id"? INTEGER) NOT NULL CONSTRAINT "?(?P<label>pk_\w+)"?'
    r" PRIMARY KEY AUTOINCREMENT"
)


def upgrade() -> None:
    connection = op.get_bind()
    highest = {
        table: max(
            connection.scalar(sa.text(f"SELECT COALESCE(MAX({column}), 0) FROM {kept}"))  # noqa: S608
            for owner, kept, column in _REFERENCES
            if owner == table
        )
        for table in dict.fromkeys(owner for owner, _, _ in _REFERENCES)
    }
    for statement in _CLEAR:
        op.execute(statement)
    if connection.dialect.name != "sqlite":
        return
    for table in TABLES:
        _made_anew(table, _with_keys_once)
    for table, key in highest.items():
        _begin_after(table, int(key))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            _made_anew(table, _with_plain_keys)


def _with_keys_once(text: str) -> str:
    [label] = _PRIMARY.findall(text)
    text = _PRIMARY.sub("", text)
    return _replaced(
        _PLAIN, rf"\g<name> NOT NULL CONSTRAINT {label} PRIMARY KEY AUTOINCREMENT", text
    )


def _with_plain_keys(text: str) -> str:
    [(_, label)] = _ONCE.findall(text)
    text = _replaced(_ONCE, r"\g<name> NOT NULL", text)
    body, _, _ = text.rpartition(")")
    return f"{body.rstrip()},\n\tCONSTRAINT {label} PRIMARY KEY (id)\n)"


def _replaced(pattern: re.Pattern[str], by: str, text: str) -> str:
    changed, times = pattern.subn(by, text)
    if times != 1:
        raise RuntimeError(f"the table's text is not as expected: {text[:80]}")
    return changed


def _made_anew(table: str, change: Callable[[str], str]) -> None:
    """The table under its changed text, with its rows and indexes as they are."""
    connection = op.get_bind()
    text = connection.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :n"), {"n": table}
    )
    indexes = connection.scalars(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = :n AND sql IS NOT NULL"
            " AND type IN ('index', 'trigger')"
        ),
        {"n": table},
    ).all()
    aside = f"{table}_made_anew"
    body = text[text.index("(") :]
    columns = ", ".join(
        f'"{row[1]}"' for row in connection.execute(sa.text(f'PRAGMA table_info("{table}")'))
    )
    connection.exec_driver_sql(f'CREATE TABLE "{aside}" {change(body)}')
    connection.exec_driver_sql(
        f'INSERT INTO "{aside}" ({columns}) SELECT {columns} FROM "{table}"'  # noqa: S608
    )
    connection.exec_driver_sql(f'DROP TABLE "{table}"')
    connection.exec_driver_sql(f'ALTER TABLE "{aside}" RENAME TO "{table}"')
    for statement in indexes:
        connection.exec_driver_sql(statement)


def _begin_after(table: str, key: int) -> None:
    """The next key is higher than one that was ever kept."""
    connection = op.get_bind()
    values = {"n": table, "k": key}
    changed = connection.execute(
        sa.text("UPDATE sqlite_sequence SET seq = MAX(seq, :k) WHERE name = :n"), values
    )
    if not changed.rowcount and key:
        connection.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:n, :k)"), values)
