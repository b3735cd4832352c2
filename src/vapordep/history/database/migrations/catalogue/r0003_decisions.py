"""What a person decided about a run that ended before its plan."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "decisions",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_decisions_run_id"),
        sa.CheckConstraint("decision IN ('continue', 'cap', 'discard')", name=op.f("ck_decisions_decision")),
    )
