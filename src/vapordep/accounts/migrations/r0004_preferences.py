"""How each person wants to see the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("theme", sa.String(8), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("sound", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_preferences"),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_preferences_person"),
    )
