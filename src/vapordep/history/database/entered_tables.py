"""The tables of what people enter about runs, and of what a list of runs is searched by. All are in the catalogue."""

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from vapordep.history.database.dialects import alike
from vapordep.history.database.tables import CATALOGUE

listed = Table(
    "listed",
    CATALOGUE,
    Column("run_id", String(64), ForeignKey("runs.run_id"), primary_key=True),
    Column("started", String(40), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("recipe", String(200), nullable=False),
    Column("reactor", String(200), nullable=False),
    Column("operator", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("process", String(16), nullable=False),
    Column("substrates", Text, nullable=False),
    Column("words", Text, nullable=False),
)
"""One short row a run, for those of `runs` hold long texts: `substrates` with spaces around each, `words` all that may
be looked for, in small letters. It follows from the other tables and is made anew with each change of them."""

Index("ix_listed_started", listed.c.started, listed.c.run_id)

labels = Table(
    "labels",
    CATALOGUE,
    Column("run_id", String(64), ForeignKey("runs.run_id"), primary_key=True),
    Column("label", String(64), primary_key=True, index=True),
    Column("person", String(200), nullable=False),
    Column("entered", String(40), nullable=False),
)
"""Words that people give to runs; `star` is one of them. They may be taken away again."""

notes = Table(
    "notes",
    CATALOGUE,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("at_s", Float),
    Column("text", Text, nullable=False),
    Column("person", String(200), nullable=False),
    Column("entered", String(40), nullable=False),
)
"""What people write about a run; `at_s` is s since its start where a note is pinned to an instant."""

measurements = Table(
    "measurements",
    CATALOGUE,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("sample_id", String(200), nullable=False, index=True),
    Column("position", String(200), nullable=False),
    Column("quantity", String(32), nullable=False),
    Column("of", String(64), nullable=False),
    Column("method", String(64), nullable=False),
    Column("value", Float, nullable=False),
    Column("uncertainty", Float),
    Column("unit", String(32), nullable=False),
    Column("measured", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("person", String(200), nullable=False),
    Column("entered", String(40), nullable=False),
)
"""What was measured of a film afterwards: value and uncertainty (one standard deviation) in SI, and the unit in which
they were given; `of` names the layer or the element."""

attachments = Table(
    "attachments",
    CATALOGUE,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("size", Integer, CheckConstraint("size >= 0", name="size"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("person", String(200), nullable=False),
    Column("entered", String(40), nullable=False),
)
"""Files that belong to a run; they lie in the folder `attachments`, each under its SHA-256."""

calibrations = Table(
    "calibrations",
    CATALOGUE,
    Column("number", Integer, primary_key=True),
    Column("reactor", String(200), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("value", Float, nullable=False),
    Column("uncertainty", Float),
    Column("unit", String(32), nullable=False),
    Column("at_pa", Float),
    Column("method", String(200), nullable=False),
    Column("measured", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("person", String(200), nullable=False),
    Column("entered", String(40), nullable=False),
)
"""What was found out about a reactor, and when: `kind` of which `subject` (the stage, a source, a gauge), value and
uncertainty in SI; `at_pa` is the pressure for a point of a pump's curve."""

alike(CATALOGUE)

KEPT = (notes, measurements, attachments, calibrations)
"""Only ever added to."""
OF_RUNS = (labels, notes, measurements, attachments)
"""What belongs to one run each."""
