"""The tables of both kinds of file. A change here needs a migration beside it; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can change it."""

RECORDING = MetaData(naming_convention=NAMES)

meta = Table(
    "meta",
    RECORDING,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""About the recording as a whole: `header` (canonical JSON), `t0` (the clock at `started`, s), `process` (who writes
it), and once it is sealed `chain_head`, `chain_length`, `samples`, `chunks`, `contents_sha256`, and `outcome`, what the
catalogue is told of the end. Only ever added to."""

tags = Table(
    "tags",
    RECORDING,
    Column("tag", String(200), primary_key=True),
    Column("unit", String(32), nullable=False),
    Column("dimension", String(64), nullable=False),
    Column("factor", Float, nullable=False),
    Column("offset", Float, nullable=False),
)
"""How a person reads a tag: SI value = number * factor + offset. Samples are SI whatever stands here."""

series = Table(
    "series",
    RECORDING,
    Column("series", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tag", String(200), nullable=False, index=True),
)
"""A series is a row of tags that come from one exchange and share their instants; a tag may belong to several."""

tail = Table(
    "tail",
    RECORDING,
    Column("tick", Integer, primary_key=True),
    Column("t", Float, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)
"""What is not yet compacted: one row a tick."""

chunks = Table(
    "chunks",
    RECORDING,
    Column("chunk", Integer, primary_key=True),
    Column("series", Integer, nullable=False, index=True),
    Column("first_ns", Integer, nullable=False),
    Column("last_ns", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)
"""Compacted samples of one series: all its tags over one stretch of time; `samples` counts values of all tags."""

levels = Table(
    "levels",
    RECORDING,
    Column("level", Integer, primary_key=True),
    Column("series", Integer, nullable=False, index=True),
    Column("factor", Integer, nullable=False),
    Column("first_chunk", Integer, nullable=False),
    Column("last_chunk", Integer, nullable=False),
    Column("first_ns", Integer, nullable=False),
    Column("last_ns", Integer, nullable=False),
    Column("buckets", Integer, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)
"""Lowest and highest values of `factor` samples in a row, of the chunks of one series from first to last. What follows
from the chunks is not sealed with them: it may be lost, or made again."""

events = Table(
    "events",
    RECORDING,
    Column("seq", Integer, primary_key=True),
    Column("t", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""What happened, hash-chained, only ever added to."""

pulses = Table(
    "pulses",
    RECORDING,
    Column("number", Integer, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("step", Text, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("planned_open_s", Float, nullable=False),
    Column("planned_close_s", Float, nullable=False),
    Column("commanded_open_s", Float),
    Column("commanded_close_s", Float),
    Column("acknowledged_open_s", Float),
    Column("acknowledged_close_s", Float),
    Column("width_s", Float),
    Column("baseline_pa", Float),
    Column("peak_pa", Float),
    Column("area_pa_s", Float),
    Column("verdict", String(32)),
)
"""One row a pulse, written as an intent (verdict NULL) before the valve opens. NULL elsewhere: not known."""

film_layers = Table(
    "film_layers",
    RECORDING,
    Column("position", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("thickness_m", Float),
    Column("cycles", Integer, nullable=False),
    Column("growth_per_cycle_m", Float),
    Column("mass_kg_m2", Float),
    Column("origin", String(32), nullable=False),
)
"""The film, in the order it grew."""

CATALOGUE = MetaData(naming_convention=NAMES)

runs = Table(
    "runs",
    CATALOGUE,
    Column("run_id", String(64), primary_key=True),
    Column("mode", String(16), CheckConstraint("mode IN ('run', 'dry_run')", name="mode"), nullable=False),
    Column("recipe_name", String(200), nullable=False),
    Column("recipe_text", Text, nullable=False),
    Column("recipe_sha256", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("reactor_name", String(200), nullable=False),
    Column("reactor_text", Text, nullable=False),
    Column("reactor_sha256", String(64), nullable=False),
    Column("versions", Text, nullable=False),
    Column("operator", String(200), nullable=False),
    Column("seed", Integer),
    Column("notes", Text, nullable=False),
    Column("parent_run_id", String(64), ForeignKey("runs.run_id")),
    Column("called", Text, nullable=False, server_default="[]"),
    Column("recording", String(200), nullable=False),
    Column("process", Text, nullable=False),
    Column("started", String(40), nullable=False, index=True),
    Column("ended", String(40)),
    Column("simulated_s", Float),
    Column("wall_s", Float),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("chain_head", String(64)),
    Column("chain_length", Integer),
)
"""One row a run. `started` and `ended` are civil time, ISO 8601, UTC; JSON columns are canonical."""

FROZEN = (
    "run_id",
    "mode",
    "recipe_name",
    "recipe_text",
    "recipe_sha256",
    "parameters",
    "reactor_name",
    "reactor_text",
    "reactor_sha256",
    "versions",
    "operator",
    "seed",
    "notes",
    "parent_run_id",
    "called",
    "recording",
    "process",
    "started",
)
"""What a run is given at its start and nobody may change afterwards: a dry run stays one for ever."""

ONCE = ("chain_head", "chain_length")
"""What is entered when a run ends and nobody may change afterwards: the end of the chain proves the recording."""

OUTCOME = frozenset({"state", "reason", "ended", "simulated_s", "wall_s", "outcome"})
"""What is entered when a run ends, beside the end of its chain."""

decisions = Table(
    "decisions",
    CATALOGUE,
    Column("run_id", String(64), ForeignKey("runs.run_id"), primary_key=True),
    Column(
        "decision",
        String(16),
        CheckConstraint("decision IN ('continue', 'cap', 'discard')", name="decision"),
        nullable=False,
    ),
    Column("person", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided", String(40), nullable=False),
)
"""What a person decided about a run that ended before its plan: once, and for ever. `decided` is civil time, UTC."""

run_samples = Table(
    "run_samples",
    CATALOGUE,
    Column("run_id", String(64), ForeignKey("runs.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sample_id", String(200), nullable=False, index=True),
    Column("substrate", String(64), nullable=False),
    Column("area_m2", Float),
    Column("position", String(200), nullable=False),
    Column("note", Text, nullable=False),
)
"""The samples that a run coated."""

idle_recordings = Table(
    "idle_recordings",
    CATALOGUE,
    Column("idle_id", String(64), primary_key=True),
    Column("reactor", String(200), nullable=False, index=True),
    Column("simulated", Boolean, nullable=False),
    Column("recording", String(200), nullable=False),
    Column("process", Text, nullable=False),
    Column("started", String(40), nullable=False),
    Column("ended", String(40)),
    Column("chain_head", String(64)),
    Column("chain_length", Integer),
    Column("size", BigInteger),
    Column("pruned", String(40)),
    Column("pruned_by", String(200)),
)
"""Recordings of the time between runs. The row stays when the file was pruned, and tells when, by whom, and how many
bytes (`size`) it had; times are civil, UTC."""

IDLE_FROZEN = ("idle_id", "reactor", "simulated", "recording", "process", "started")
IDLE_ONCE = ("ended", "chain_head", "chain_length", "size", "pruned", "pruned_by")
