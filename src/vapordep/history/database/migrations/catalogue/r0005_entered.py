"""What people enter about runs, and what a list of them is searched by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, and list the runs that are there."""
    _listed()
    _of_runs()
    _attachments()
    _calibrations()
    from vapordep.history.catalogue import listing

    connection = op.get_bind()
    for run_id in connection.execute(sa.text("SELECT run_id FROM runs")).scalars().all():
        listing.refresh(connection, run_id)


def _listed() -> None:
    op.create_table(
        "listed",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("recipe", sa.String(200), nullable=False),
        sa.Column("reactor", sa.String(200), nullable=False),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("process", sa.String(16), nullable=False),
        sa.Column("substrates", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_listed"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_listed_run_id"),
    )
    op.create_index("ix_listed_started", "listed", ["started", "run_id"])
    op.drop_index("ix_runs_listed", "runs")  # what it was for is listed now


def _of_runs() -> None:
    op.create_table(
        "labels",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("run_id", "label", name="pk_labels"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_labels_run_id"),
    )
    op.create_index("ix_labels_label", "labels", ["label"])
    op.create_table(
        "notes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("at_s", sa.Float()),
        sa.Column("text", sa.Text(), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("number", name="pk_notes"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_notes_run_id"),
    )
    op.create_index("ix_notes_run_id", "notes", ["run_id"])
    op.create_table(
        "measurements",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("sample_id", sa.String(200), nullable=False),
        sa.Column("position", sa.String(200), nullable=False),
        sa.Column("quantity", sa.String(32), nullable=False),
        sa.Column("of", sa.String(64), nullable=False),
        sa.Column("method", sa.String(64), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("uncertainty", sa.Float()),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("measured", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("number", name="pk_measurements"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_measurements_run_id"),
    )
    op.create_index("ix_measurements_run_id", "measurements", ["run_id"])
    op.create_index("ix_measurements_sample_id", "measurements", ["sample_id"])


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("number", name="pk_attachments"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_attachments_run_id"),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachments_size")),
    )
    op.create_index("ix_attachments_run_id", "attachments", ["run_id"])


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reactor", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("uncertainty", sa.Float()),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("at_pa", sa.Float()),
        sa.Column("method", sa.String(200), nullable=False),
        sa.Column("measured", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("number", name="pk_calibrations"),
    )
    op.create_index("ix_calibrations_reactor", "calibrations", ["reactor"])


def _by() -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("person", sa.String(200), nullable=False), sa.Column("entered", sa.String(40), nullable=False)
