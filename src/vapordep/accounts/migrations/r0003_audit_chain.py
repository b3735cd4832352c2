"""The record of what was done hangs in a chain of hashes; entries from before are put into it as they are found."""

import sqlalchemy as sa
from alembic import op

from vapordep.accounts.record import START, hash_of

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    """Make the chain."""
    chain = op.create_table(
        "audit_chain",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_chain"),
    )
    before, rows = START.hash, []
    entries = op.get_bind().exec_driver_sql("SELECT number, time, person, what FROM audit ORDER BY number")
    for number, time, person, what in entries.all():
        before = hash_of(before, number, time, person, what)
        rows.append({"number": number, "hash": before})
    op.bulk_insert(chain, rows)
