"""Lowest and highest values of many samples in a row."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; what was recorded before has no levels, and is read from its samples."""
    op.create_table(
        "levels",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("first_chunk", sa.Integer(), nullable=False),
        sa.Column("last_chunk", sa.Integer(), nullable=False),
        sa.Column("first_ns", sa.Integer(), nullable=False),
        sa.Column("last_ns", sa.Integer(), nullable=False),
        sa.Column("buckets", sa.Integer(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", name="pk_levels"),
    )
    op.create_index("ix_levels_series", "levels", ["series"])
