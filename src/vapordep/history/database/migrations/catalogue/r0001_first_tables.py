"""First tables of the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _runs()
    _samples()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("recipe_name", sa.String(200), nullable=False),
        sa.Column("recipe_text", sa.Text(), nullable=False),
        sa.Column("recipe_sha256", sa.String(64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("reactor_name", sa.String(200), nullable=False),
        sa.Column("reactor_text", sa.Text(), nullable=False),
        sa.Column("reactor_sha256", sa.String(64), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("seed", sa.Integer()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("parent_run_id", sa.String(64)),
        sa.Column("recording", sa.String(200), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("ended", sa.String(40)),
        sa.Column("simulated_s", sa.Float()),
        sa.Column("wall_s", sa.Float()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("chain_head", sa.String(64)),
        sa.Column("chain_length", sa.Integer()),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.ForeignKeyConstraint(["parent_run_id"], ["runs.run_id"], name="fk_runs_parent_run_id"),
        sa.CheckConstraint("mode IN ('run', 'dry_run')", name=op.f("ck_runs_mode")),
    )
    op.create_index("ix_runs_started", "runs", ["started"])
    op.create_index("ix_runs_state", "runs", ["state"])


def _samples() -> None:
    op.create_table(
        "run_samples",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.String(200), nullable=False),
        sa.Column("substrate", sa.String(64), nullable=False),
        sa.Column("area_m2", sa.Float()),
        sa.Column("position", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_run_samples"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_run_samples_run_id"),
    )
    op.create_index("ix_run_samples_sample_id", "run_samples", ["sample_id"])
