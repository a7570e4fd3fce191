"""History of instances, names of their data sources, advertisers; fetching of names in parts."""

import sqlalchemy as sa
from alembic import op

from amc.db.types import UtcDateTime, json_type

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = (
    ("ix_executions_instance_created", "executions", ["instance_id", "created_at"]),
    ("ix_executions_finished", "executions", ["state", "instance_id", "finished_at"]),
    ("ix_campaign_mappings_name", "campaign_mappings", ["name", "id"]),
    ("ix_seen_campaigns_instance_id", "seen_campaigns", ["instance_id"]),
)


def upgrade() -> None:
    _widen()
    op.create_table(
        "instance_changes",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("detail", json_type(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instances.id"],
            name="fk_instance_changes_instance_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instance_changes"),
    )
    op.create_index("ix_instance_changes_instance", "instance_changes", ["instance_id", "id"])
    op.create_table(
        "name_parts",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("seen", json_type(), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("leased_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_name_parts_connection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_name_parts"),
        sa.UniqueConstraint(
            "connection_id",
            "profile_id",
            "advertiser_id",
            "kind",
            name="uq_name_parts_connection_id",
        ),
    )
    op.create_index("ix_name_parts_state", "name_parts", ["state", "id"])
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    _name_sources()


def _widen() -> None:
    op.add_column("instances", sa.Column("checked_at", UtcDateTime(timezone=True)))
    op.add_column("instances", sa.Column("source_names", json_type()))
    op.add_column("instances", sa.Column("advertisers", json_type()))
    op.add_column("instances", sa.Column("advertisers_at", UtcDateTime(timezone=True)))
    op.add_column("sync_runs", sa.Column("public_id", sa.String(length=24)))
    op.add_column("sync_runs", sa.Column("found", json_type()))
    op.add_column(
        "sync_runs",
        sa.Column("applied", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_index("uq_sync_runs_public_id", "sync_runs", ["public_id"], unique=True)
    op.add_column(
        "asin_mappings",
        sa.Column("source", sa.String(length=20), nullable=False, server_default="amazon"),
    )
    op.add_column(
        "asin_mappings", sa.Column("updated_by", sa.Text(), nullable=False, server_default="")
    )


def _name_sources() -> None:
    """Give the instances that were asked before the names of what they can be queried for."""
    instances = sa.table(
        "instances",
        sa.column("id", _KEY),
        sa.column("sources", json_type()),
        sa.column("source_names", json_type()),
    )
    connection = op.get_bind()
    for key, sources in connection.execute(sa.select(instances.c.id, instances.c.sources)).all():
        if sources is None:
            continue
        names = sorted(
            str(source.get("dataSourceId", ""))
            for source in sources
            if all(
                c.get("outputAvailable") is not False for c in source.get("outputChannels") or []
            )
        )
        connection.execute(
            instances.update().where(instances.c.id == key).values(source_names=names)
        )


def downgrade() -> None:
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_table("name_parts")
    op.drop_table("instance_changes")
    op.drop_index("uq_sync_runs_public_id", "sync_runs")
    for table, column in (
        ("asin_mappings", "updated_by"),
        ("asin_mappings", "source"),
        ("sync_runs", "applied"),
        ("sync_runs", "found"),
        ("sync_runs", "public_id"),
        ("instances", "advertisers_at"),
        ("instances", "advertisers"),
        ("instances", "source_names"),
        ("instances", "checked_at"),
    ):
        op.drop_column(table, column)
