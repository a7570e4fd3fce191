"""Drafts: what was typed in the SQL editor outlives reloads, sign-ins and restarts."""

import sqlalchemy as sa
from alembic import op

import amc.db.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = amc.db.types.UtcDateTime(timezone=True)
    op.create_table(
        "drafts",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", amc.db.types.json_type(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_drafts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_drafts_public_id")),
    )
    op.create_index("ix_drafts_user_id_updated_at", "drafts", ["user_id", "updated_at"])


def downgrade() -> None:
    op.drop_table("drafts")
