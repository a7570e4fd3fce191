"""The rate budget remembers when its latest requests left."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "rate_limits", sa.Column("recent", sa.Text(), nullable=False, server_default="[]")
    )


def downgrade() -> None:
    with op.batch_alter_table("rate_limits", schema=None) as batch_op:
        batch_op.drop_column("recent")
