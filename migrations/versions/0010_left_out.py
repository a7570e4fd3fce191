"""Runs say which instances they left out, and why."""

import sqlalchemy as sa
from alembic import op

import amc.db.types

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fleet_runs", sa.Column("left_out", amc.db.types.json_type(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("fleet_runs", schema=None) as batch_op:
        batch_op.drop_column("left_out")
