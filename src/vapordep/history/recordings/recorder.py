"""The recorder: writes one run's recording while it goes on, inline, and seals it at the end.

`publish` only keeps what it is given; `tick` packs it into one row; `commit` makes all that waits durable in one
transaction: of a dry run against a killed process, and once it is sealed, like any other, against lost power. Where
nothing takes place, `gather` does instead of `tick`: samples wait until they are enough for chunks.
When the disk refuses, what waits stays: events and pulses all, ticks up to a bound, the oldest dropped.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from vapordep.errors import HistoryError
from vapordep.history import chain, folder, whose
from vapordep.history.catalogue.catalogue import Catalogue, Outcome
from vapordep.history.database import schema, sqlite
from vapordep.history.database.rows import Row
from vapordep.history.recordings import compaction, recording_file
from vapordep.history.recordings.gathering import Gathered
from vapordep.history.recordings.tail import Publication
from vapordep.history.recordings.waiting import Waiting
from vapordep.model.events import DURABLE, Event, Kind
from vapordep.model.film import Film
from vapordep.model.pulses import PulseIntent, PulseRecord
from vapordep.model.run import Decided, Mode, RunHeader, RunState
from vapordep.model.tags import Tag

COMPACT_AT = 2_000_000
"""Values in the tail (about 18 MB) that start a compaction: half an hour of 128 tags at 10 Hz."""
GATHERED = 1_000_000
"""Values that are gathered (9 MB) until they are written as chunks: a day of a dry run, some seconds of its work."""


class Recorder:
    """Writes the recording of one run. Not for several threads at once; `RecorderThread` is for that.

    Methods that write raise HistoryError when the disk refuses; nothing that waited is lost by it.
    """

    place = staticmethod(folder.recording_path)
    """Where the file of a history folder lies, by its name."""

    def __init__(self, history: Path, run_id: str, connection: Connection, durable: Collection[str]) -> None:
        self.history = history
        self.run_id = run_id
        self.path = self.place(history, run_id)
        self.failure: HistoryError | None = None
        """Why the last commit failed; None once one has succeeded."""
        self.samples = 0
        """Values packed so far."""
        self.last_time = 0.0
        """The latest instant of a tick or an event, s on the clock."""
        self._connection = connection
        self._durable = frozenset(durable)
        self._published: list[Publication] = []
        self._gathered = Gathered()
        self._cursor = sqlite.cursor_of(connection)
        self._compact_at = COMPACT_AT
        self._sealed = False
        self._take_up()

    @classmethod
    def open(
        cls,
        history: Path,
        header: RunHeader,
        tags: Sequence[Tag] = (),
        *,
        t0: float = 0.0,
        durable: Collection[str] = DURABLE,
        decided: Decided | None = None,
    ) -> "Recorder":
        """Begin the recording of a run and enter it into the catalogue as RUNNING; `check_folder` comes before.

        `t0` is what the clock showed, in s, at the civil time `header.started`; `decided` what made this run of its
        parent.
        Raises HistoryError when the run exists already or its files cannot be made.
        """
        path = folder.recording_path(history, header.run_id)
        if path.exists():
            raise HistoryError(f"the run {header.run_id} exists already", where=str(path), remedy="take a new run id")
        with sqlite.speaking_of("recording", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = recording_file.create(path, header, tags, t0, patient=header.mode is Mode.DRY_RUN)
            recorder = cls(history, header.run_id, connection, durable)
        recorder.last_time = t0
        try:
            with Catalogue.open(history) as catalogue:
                catalogue.begin(header, path.relative_to(history).as_posix(), decided, whose.identity(history))
        except HistoryError:  # a recording that no catalogue knows would lie there for ever
            recorder.abandon()
            sqlite.remove(path)
            raise
        return recorder

    @classmethod
    def reopen(cls, history: Path, run_id: str) -> Self:
        """Take up a recording whose process went away, to seal it.

        Raises HistoryError when it is not there or cannot be written.
        """
        path = cls.place(history, run_id)
        with sqlite.speaking_of("recording", path):
            schema.require(path, schema.RECORDING)
            return cls(history, run_id, sqlite.open_writer(path).connect(), DURABLE)

    def write_through(self) -> None:
        """From now on every commit waits for the disk, also that of a dry run."""
        with sqlite.speaking_of("recording", self.path):
            sqlite.impatient(self._connection)

    def publish(self, batches: Publication) -> None:
        """Keep what one exchange gave: batches that share their instants. Neither they nor their arrays may change."""
        self._published.append(batches)

    def event(self, event: Event) -> None:
        """Add an event to the chain; a kind named durable is committed at once, another with the next commit."""
        self.add(event)
        if event.kind in self._durable:
            self.commit()

    def intent(self, intent: PulseIntent) -> Future[None]:
        """Write down that a pulse is about to be given; it is durable when this returns, and the future is done."""
        self.expect(intent)
        self.commit()
        return done()

    def pulse(self, pulse: PulseRecord) -> None:
        """Write down how a pulse went, in place of its intent; durable with the next commit."""
        self._waiting.pulse(pulse)

    def tick(self, t: float) -> None:
        """Pack all that was published since the last tick into one row, dated `t` s on the clock."""
        self.last_time = max(self.last_time, t)
        if not self._published:
            return
        published, self._published = self._published, []
        self.samples += self._waiting.pack(published, t)

    def gather(self, t: float) -> None:
        """Keep all that was published since the last time in arrays, `t` s on the clock: durable with many others."""
        self.last_time = max(self.last_time, t)
        published, self._published = self._published, []
        self.samples += self._gathered.take(published, self._waiting.number)

    def commit(self) -> None:
        """Make all packed ticks, events and pulses durable; on failure they wait on, and `failure` tells why."""
        self.save()
        if self._gathered.samples >= GATHERED:
            self._put_gathered()
        for _ in self.compacting():
            pass

    # The next four are for a driver that commits and compacts in its own time.

    def add(self, event: Event) -> None:
        """Add an event, to be chained and written with the next commit; its data may not change."""
        self._waiting.add(event)
        self.last_time = max(self.last_time, event.time)

    def expect(self, intent: PulseIntent) -> None:
        """Write down with the next commit that a pulse is about to be given."""
        self._waiting.expect(intent)

    def save(self) -> None:
        """Commit without compacting."""
        self._waiting.chain()
        try:
            with sqlite.speaking_of("recording", self.path):
                if rows := self._waiting.rows():
                    sqlite.put(self._cursor, rows)
        except HistoryError as error:
            self.failure = error
            raise
        self.failure = None
        self._uncompacted += self._waiting.written()
        if self._waiting.dropped:
            samples, self._waiting.dropped = self._waiting.dropped, 0
            self.dropped(samples)

    def compacting(self) -> Iterator[None]:
        """Compact the tail in steps of about a millisecond, once it has grown enough."""
        if self._uncompacted < self._compact_at:
            return
        self._compact_at = self._uncompacted + COMPACT_AT  # so that a full disk is not tried again at once
        yield from self._compact()
        self._compact_at = COMPACT_AT

    def dropped(self, samples: int) -> None:
        """Say that `samples` values were lost before they reached this recorder."""
        text = f"{samples} samples were dropped, the oldest first: the recorder could not keep up"
        self.add(Event(self.last_time, Kind.RECORD, text, {"samples": samples}))

    def finish(
        self,
        state: RunState,
        reason: str,
        *,
        ended: datetime,
        simulated_s: float,
        wall_s: float,
        summary: Mapping[str, object] | None = None,
        film: Film | None = None,
    ) -> Future[None]:
        """Seal the recording and enter the outcome into the catalogue; both are done when this returns.

        `ended` is civil time. `summary` and `film` become the catalogue's `outcome` (JSON; NaN becomes null). The
        recording keeps it too: where the catalogue cannot be written now, it is completed from there later. After a
        failure it may be called again.
        """
        film = film or Film()
        take = self.gather if self._gathered.samples else self.tick
        take(self.last_time)
        outcome = Outcome(state, reason, ended, simulated_s, wall_s, summary or {}, film).row()
        head = self.seal(film, outcome)
        with Catalogue.open(self.history) as catalogue:
            catalogue.end(self.run_id, outcome, head)
        return done()

    def seal(self, film: Film | None = None, outcome: Row | None = None) -> chain.Head:
        """Compact everything, close the chain over it and leave one file; returns where the chain ends.

        After a failure it may be called again.
        """
        if self._sealed:
            return self._waiting.head
        self.save()
        self._put_gathered()
        for _ in self._compact():
            pass
        self.write_through()
        with sqlite.speaking_of("recording", self.path), self._connection.begin():
            compaction.coarsen(self._connection)
            head = recording_file.seal(self._connection, self._waiting.head, self.last_time, film or Film(), outcome)
        self._waiting.head, self._sealed = head, True
        self._close(single=True)
        return head

    def abandon(self) -> None:
        """Stop as if the process had died: what was committed stays, what waited is lost, nothing is sealed."""
        self._close(single=False)

    # ---- inside ----

    def _take_up(self) -> None:
        """Know what the file holds already: series, the end of the chain, the tail."""
        with self._connection.begin():
            series = recording_file.series(self._connection)
            head, self.last_time = recording_file.head(self._connection)
            tail = compaction.extent(self._connection)
        self._waiting = Waiting(head, series, tail.last_tick + 1)
        self._uncompacted = tail.samples
        self.last_time = max(self.last_time, tail.last_time)

    def _put_gathered(self) -> None:
        with sqlite.speaking_of("recording", self.path):
            compaction.put(self._connection, self._gathered.parts)
        self._gathered.clear()

    def _compact(self) -> Iterator[None]:
        with sqlite.speaking_of("recording", self.path):
            yield from compaction.compact(self._connection, self._waiting.oldest)
            with self._connection.begin():
                self._uncompacted = compaction.extent(self._connection).samples

    def _close(self, *, single: bool) -> None:
        engine = self._connection.engine
        self._connection.close()
        with sqlite.speaking_of("recording", self.path), sqlite.disposing(engine):
            if single:
                sqlite.single_file(engine)


def done() -> Future[None]:
    """What is done already."""
    future: Future[None] = Future()
    future.set_result(None)
    return future
