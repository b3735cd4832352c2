"""An index that holds all that a list of runs shows and is searched for."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_runs_listed",
        "runs",
        ["started", "run_id", "mode", "recipe_name", "reactor_name", "operator", "state", "reason", "ended",
         "simulated_s", "parent_run_id"],
    )  # fmt: skip
