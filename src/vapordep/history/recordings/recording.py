"""Reading a recording, sealed or under way: samples, events, pulses, film; and the proof that it is whole."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, select

from vapordep.errors import HistoryError, NotThere
from vapordep.history import chain
from vapordep.history.database import schema, sqlite, tables
from vapordep.history.database.rows import PlannedPulse, event_from, layer_from, pulse_from, unit_from
from vapordep.history.kept import KEPT, T
from vapordep.history.recordings import codec, recording_file
from vapordep.history.recordings.codec import Chunk, Floats, Qualities
from vapordep.history.recordings.compaction import false_levels, records
from vapordep.history.recordings.overview import Seen, look, read_index
from vapordep.history.recordings.stretches import MOST, stretches
from vapordep.history.recordings.tail_look import look_at_tail
from vapordep.lazy import dataclass
from vapordep.model.events import Event
from vapordep.model.film import Film
from vapordep.model.pulses import PulseRecord
from vapordep.units import Unit, si_unit

NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What comes of calculating with something that is no number, no text, no date."""
NEAR = 60.0
"""s before an instant in which the value that held at it mostly came."""


class Samples(NamedTuple):
    """Samples of one tag, three arrays of one length: instants in s on the clock, values in SI, quality."""

    times: Floats
    values: Floats
    quality: Qualities


class About(NamedTuple):
    """What a recording says of itself: its frozen header (JSON), the clock at its start in s, its end and outcome."""

    header: str
    t0: float
    end: chain.Head | None
    outcome: str
    process: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What re-reading everything gave: how much is there, and a sentence for each thing that is wrong."""

    events: int
    samples: int
    chunks: int
    sealed: bool
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class Recording:
    """One recording, open for reading; it never writes, also not while a recorder does."""

    def __init__(self, path: Path, engine: Engine, content: sqlite.Content | None = None) -> None:
        """With its `content`, what is read of a sealed one is kept for the next who opens it."""
        self.path = path
        self._engine = engine
        self._content = content

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Recording"]:
        """Open a recording, a copied one too. Raises HistoryError when it is missing, damaged or too new.

        Also where whoever reads within stumbles over what is in it, and it is not as it was written.
        """
        with sqlite.speaking_of("recording", path):
            schema.require(path, schema.RECORDING, only_read=True)
            with sqlite.disposing(sqlite.open_reader(path)) as engine:
                recording = cls(path, engine, sqlite.content(path))
                try:
                    yield recording
                except NONSENSE as error:
                    if problems := recording.verify().problems:
                        what, remedy = f"the recording is damaged: {problems[0]}", sqlite.remedy_of_damage("recording")
                        raise HistoryError(what, where=str(path), remedy=remedy) from error
                    raise  # nothing is wrong with the recording

    @property
    def end(self) -> chain.Head | None:
        """Where the chain of events ends; None while the recording is not sealed and more may be written."""
        return self._about().end

    @cached_property
    def t0(self) -> float:
        """What the clock showed when the run started, s; looked up once, for every row of an export asks."""
        return self._about().t0

    @cached_property
    def started(self) -> datetime:
        """Civil time at `t0`."""
        return datetime.fromisoformat(self.header["started"])

    @property
    def header(self) -> Mapping[str, Any]:
        """What the run was given, as it was frozen. Raises HistoryError when it cannot be read."""
        header = _object(self._about().header)
        if header is None:
            raise HistoryError("its header cannot be read", where=str(self.path), remedy="take it from a backup")
        return header

    @property
    def outcome(self) -> Mapping[str, Any] | None:
        """What the catalogue was to be told of the run's end; None while it goes on, or when nobody could tell.

        Raises HistoryError when it cannot be read.
        """
        kept = self._about().outcome
        found = _object(kept) if kept else None
        if kept and (found is None or not found.keys() >= tables.OUTCOME):
            raise HistoryError("how the run ended cannot be read", where=str(self.path), remedy="take it from a backup")
        return found

    @property
    def process(self) -> Mapping[str, Any]:
        """The process that wrote it, as the catalogue names it; empty when the recording does not tell."""
        return _object(self._about().process) or {}

    def civil(self, t: float) -> datetime:
        """The civil time of an instant on the clock, by the clock's own count since the start."""
        return self.started + timedelta(seconds=t - self.t0)

    def tags(self) -> tuple[str, ...]:
        """Every tag that has samples, in alphabetical order."""
        with self._engine.begin() as connection:
            names = connection.execute(select(tables.series.c.tag).distinct().order_by(tables.series.c.tag))
            return tuple(names.scalars())

    def units(self) -> Mapping[str, Unit]:
        """In which unit a person reads each tag, where the run told it."""
        with self._engine.begin() as connection:
            return {row["tag"]: unit_from(row) for row in connection.execute(select(tables.tags)).mappings()}

    def si(self) -> Mapping[str, str]:
        """The SI unit of each tag's samples, where the run told its unit."""
        return {tag: si_unit(unit.dimension).symbol for tag, unit in self.units().items()}

    def samples(self, tag: str, start: float = -np.inf, end: float = np.inf) -> Samples:
        """All samples of a tag from `start` to `end` (s on the clock, both included), in the order of time.

        Raises HistoryError when the recording has no such tag.
        """
        with self._engine.begin() as connection:
            places = _places(connection, tag)
            if not places:
                raise HistoryError(f"no samples of {tag}", where=str(self.path), remedy="see the recording's tags")
            parts = [*_from_chunks(connection, places, start, end), *_from_tail(connection, places, start, end)]
        times = codec.to_seconds(np.concatenate([part.times for part in parts] or [np.empty(0, np.int64)]))
        values = np.concatenate([part.values.ravel() for part in parts] or [np.empty(0)])
        quality = np.concatenate([part.quality.ravel() for part in parts] or [np.empty(0, np.uint8)])
        if (np.diff(times) < 0.0).any():  # seldom: a tag that several series hold
            order = np.argsort(times, kind="stable")
            times, values, quality = times[order], values[order], quality[order]
        wanted = slice(np.searchsorted(times, start), np.searchsorted(times, end, side="right"))
        return Samples(times[wanted], values[wanted], quality[wanted])

    def held(self, tag: str, instant: float) -> Samples:
        """The last sample of a tag at or before an instant (s on the clock): one, or none where none came before."""
        for begin in (instant - NEAR, -np.inf):
            found = self.samples(tag, begin, instant)
            if len(found.times):
                break
        return Samples(found.times[-1:], found.values[-1:], found.quality[-1:])

    def require(self, tags: Sequence[str]) -> None:
        """Raises NotThere for a tag without samples, with those that are called nearly so."""
        there = self.tags()
        for tag in tags:
            if tag not in there:
                near = get_close_matches(tag[:200], there, n=5, cutoff=0.4) or there[:10]
                remedy = f"name another, such as {', '.join(near)}" if near else "take another run: this has none"
                raise NotThere(f"no samples of {tag[:200]!r}", remedy=remedy)

    def stretches(self, tags: Sequence[str], start: float, end: float, most: int = MOST) -> list[tuple[float, float]]:
        """The span (s on the clock) in parts, both ends included, each with few enough samples to be held at once."""
        with self._engine.begin() as connection:
            held = select(tables.series.c.series).where(tables.series.c.tag.in_(tags))
            wanted = Counter(connection.execute(held).scalars())
            return stretches(connection, wanted, start, end, most)

    def look(self, tags: Sequence[str], start: float = -np.inf, end: float = np.inf, buckets: int = 1000) -> list[Seen]:
        """Samples of several tags from `start` to `end` (s on the clock), or what is fine enough for so many buckets.

        One entry for each series, for a tag may belong to several.

        Raises NotThere when one of them has no samples.
        """
        with self._engine.begin() as connection:
            index = self._keep("index", lambda: read_index(connection), lambda index: index.size)
            if not set(tags) <= index.known:
                self.require(tags)
            return look(connection, index, tags, start, end, buckets, self._keep)

    def events(self) -> tuple[Event, ...]:
        """All events, in their order. Raises HistoryError when one was changed so that it cannot be read."""
        with _readable("an event", self.path), self._engine.begin() as connection:
            rows = connection.execute(select(tables.events).order_by(tables.events.c.seq)).mappings()
            return tuple(event_from(row) for row in rows)

    def pulses(self) -> tuple[PulseRecord | PlannedPulse, ...]:
        """All pulses by number; one that was begun but never finished shows as planned only.

        Raises HistoryError when one was changed so that it cannot be read.
        """
        with _readable("a pulse", self.path), self._engine.begin() as connection:
            rows = connection.execute(select(tables.pulses).order_by(tables.pulses.c.number)).mappings()
            return tuple(pulse_from(row) for row in rows)

    def film(self) -> Film:
        """The layers in the order they grew. Raises HistoryError when one was changed so that it cannot be read."""
        layers = tables.film_layers
        with _readable("a layer", self.path), self._engine.begin() as connection:
            rows = connection.execute(select(layers).order_by(layers.c.position)).mappings()
            return Film(tuple(layer_from(row) for row in rows))

    def verify(self, anchor: chain.Head | None = None) -> Verification:
        """Read every chunk, work out chain and digest again, and compare them with what was sealed.

        `anchor` is the chain's end as the catalogue knows it; without one, a recording that was rewritten as a whole
        cannot be told from the true one.
        """
        with self._engine.begin() as connection:
            problems = sqlite.damage(connection)
            about = _about(connection, self.path)
            links = [
                chain.Link(*row) for row in connection.execute(select(tables.events).order_by(tables.events.c.seq))
            ]
            end = about.end
            problems += chain.breaks(links, chain.genesis(about.header), anchor or end)
            if anchor is not None and end is not None and anchor != end:
                problems.append("the recording names another end of its chain than the catalogue")
            samples, chunks = _read_all(connection, problems)
            problems += false_levels(connection)
            if links and end is not None:
                sealed, found = _object(links[-1].data) or {}, recording_file.contents(connection)
                if recording_file.ABOUT in sealed:
                    found[recording_file.ABOUT] = recording_file.about_digest(connection)
                repeated = recording_file.repeated(connection, sealed)
                problems += dict.fromkeys([*_unsealed(sealed, found), *_unsealed(sealed, repeated)])
        return Verification(len(links), samples, chunks, end is not None, tuple(problems))

    def _about(self) -> About:
        def read() -> About:
            with self._engine.begin() as connection:
                return _about(connection, self.path)

        if self._content is None:
            return read()
        return KEPT.get((self._content, "about"), read, lambda about: len(about.header) + len(about.outcome))

    def _keep(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """Of a sealed recording what was read of it before, as long as its file has the same content."""
        if self._content is None or self.end is None:
            return make()
        return KEPT.get((self._content, key), make, size)


def _about(connection: Connection, path: Path) -> About:
    """Raises HistoryError when a key is missing or holds nonsense."""
    found = {row.key: row.value for row in connection.execute(select(tables.meta))}
    try:
        end = chain.Head(found["chain_head"], int(found["chain_length"])) if "chain_head" in found else None
        outcome, by, t0 = str(found.get("outcome", "")), str(found.get("process", "")), float(found["t0"])
        if not isfinite(t0):
            raise ValueError(f"it began at {t0}")
        return About(str(found["header"]), t0, end, outcome, by)
    except (KeyError, ValueError) as error:
        what = f"what the recording says of itself cannot be read ({error})"
        raise HistoryError(what, where=str(path), remedy="take it from a backup") from error


def _object(text: str) -> Mapping[str, Any] | None:
    """The JSON object in a text; None when there is none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


@contextmanager
def _readable(what: str, path: Path) -> Iterator[None]:
    """Say of a row that the model refuses that it was changed; the recorder never wrote it so."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise HistoryError(
            f"{what} cannot be read ({error})",
            where=str(path),
            remedy="see what was changed with `vapordep runs verify`, and take it from a backup",
        ) from error


def _places(connection: Connection, tag: str) -> dict[int, int]:
    """Series that hold a tag, with its position in each."""
    rows = connection.execute(select(tables.series).where(tables.series.c.tag == tag)).mappings()
    return {row["series"]: row["position"] for row in rows}


def _from_chunks(connection: Connection, places: Mapping[int, int], start: float, end: float) -> Iterator[Chunk]:
    chunks = tables.chunks.c
    query = select(chunks.series, chunks.blob).where(chunks.series.in_(places)).order_by(chunks.first_ns)
    if np.isfinite(start):
        query = query.where(chunks.last_ns >= codec.bound_ns(start) - 1)
    if np.isfinite(end):
        query = query.where(chunks.first_ns <= codec.bound_ns(end) + 1)
    for series, blob in connection.execute(query):
        yield codec.decode(blob, (places[series],))


def _from_tail(connection: Connection, places: Mapping[int, int], start: float, end: float) -> Iterator[Chunk]:
    for series, chunk in look_at_tail(connection, places, start, end).items():
        yield Chunk(chunk.times, chunk.values[places[series]], chunk.quality[places[series]])


def _read_all(connection: Connection, problems: list[str]) -> tuple[int, int]:
    """Decode every chunk and every row of the tail; count the values and the chunks."""
    samples = count = 0
    for row in connection.execute(select(tables.chunks).order_by(tables.chunks.c.chunk)).mappings():
        count += 1
        try:
            found = codec.decode(row["blob"]).values.size
        except HistoryError as error:
            problems.append(f"chunk {row['chunk']}: {error.what}")
            continue
        samples += found
        if found != row["samples"]:
            problems.append(f"chunk {row['chunk']} holds {found} samples, not {row['samples']}")
    blobs = connection.execute(select(tables.tail.c.blob)).scalars()
    return samples + sum(record.chunk.values.size for record in records(blobs)), count


def _unsealed(sealed: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """In what the contents differ from those that the last event sealed."""
    return [
        f"{name.replace('_', ' ')}: {value}, but {sealed.get(name)} was sealed"
        for name, value in found.items()
        if sealed.get(name) != value
    ]
