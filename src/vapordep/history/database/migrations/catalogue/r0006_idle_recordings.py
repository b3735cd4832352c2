"""Recordings of the time between runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idle_recordings",
        sa.Column("idle_id", sa.String(64), nullable=False),
        sa.Column("reactor", sa.String(200), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("recording", sa.String(200), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("ended", sa.String(40)),
        sa.Column("chain_head", sa.String(64)),
        sa.Column("chain_length", sa.Integer()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("pruned", sa.String(40)),
        sa.Column("pruned_by", sa.String(200)),
        sa.PrimaryKeyConstraint("idle_id", name="pk_idle_recordings"),
    )
    op.create_index("ix_idle_recordings_reactor", "idle_recordings", ["reactor"])
