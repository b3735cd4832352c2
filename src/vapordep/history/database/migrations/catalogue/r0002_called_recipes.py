"""The recipes that a run's recipe calls; runs before this called none."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("called", sa.Text(), nullable=False, server_default="[]"))
