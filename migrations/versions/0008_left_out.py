"""Runs say which instances they left out, and why."""

import sqlalchemy as sa
from alembic import op

import amc.db.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fleet_runs", sa.Column("left_out", amc.db.types.json_type(), nullable=True))


def downgrade() -> None:
    # Not by a batch, which would make the table anew and lose that its keys are given once.
    op.execute("ALTER TABLE fleet_runs DROP COLUMN left_out")
