"""Logins: which of them can serve an account, refusals, what was discovered, bound consent."""

import sqlalchemy as sa
from alembic import op

import amc.db.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "account_logins",
        sa.Column("account_id", key, nullable=False),
        sa.Column("connection_id", key, nullable=False),
        sa.Column("seen_at", amc.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_logins_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_account_logins_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "connection_id", name=op.f("pk_account_logins")),
    )
    instant = amc.db.types.UtcDateTime(timezone=True)
    op.add_column("connections", sa.Column("refused_until", instant, nullable=True))
    op.add_column("connections", sa.Column("discovered", amc.db.types.json_type(), nullable=True))
    op.add_column(
        "oauth_states",
        sa.Column("bound_to", sa.String(length=64), nullable=False, server_default=""),
    )


def downgrade() -> None:
    with op.batch_alter_table("oauth_states", schema=None) as batch_op:
        batch_op.drop_column("bound_to")
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_column("discovered")
        batch_op.drop_column("refused_until")
    op.drop_table("account_logins")
