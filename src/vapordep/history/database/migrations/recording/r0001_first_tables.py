"""First tables of a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _about()
    _samples()
    _events()
    _pulses()
    _film()


def _about() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "tags",
        sa.Column("tag", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(64), nullable=False),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("offset", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name="pk_tags"),
    )


def _samples() -> None:
    op.create_table(
        "series",
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("series", "position", name="pk_series"),
    )
    op.create_index("ix_series_tag", "series", ["tag"])
    op.create_table(
        "tail",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tick", name="pk_tail"),
    )
    op.create_table(
        "chunks",
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("first_ns", sa.Integer(), nullable=False),
        sa.Column("last_ns", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chunk", name="pk_chunks"),
    )
    op.create_index("ix_chunks_series", "chunks", ["series"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )


def _pulses() -> None:
    op.create_table(
        "pulses",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("planned_open_s", sa.Float(), nullable=False),
        sa.Column("planned_close_s", sa.Float(), nullable=False),
        sa.Column("commanded_open_s", sa.Float()),
        sa.Column("commanded_close_s", sa.Float()),
        sa.Column("acknowledged_open_s", sa.Float()),
        sa.Column("acknowledged_close_s", sa.Float()),
        sa.Column("width_s", sa.Float()),
        sa.Column("baseline_pa", sa.Float()),
        sa.Column("peak_pa", sa.Float()),
        sa.Column("area_pa_s", sa.Float()),
        sa.Column("verdict", sa.String(32)),
        sa.PrimaryKeyConstraint("number", name="pk_pulses"),
    )


def _film() -> None:
    op.create_table(
        "film_layers",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("thickness_m", sa.Float()),
        sa.Column("cycles", sa.Integer(), nullable=False),
        sa.Column("growth_per_cycle_m", sa.Float()),
        sa.Column("mass_kg_m2", sa.Float()),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_film_layers"),
    )
