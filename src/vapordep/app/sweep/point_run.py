"""The work at one point of a sweep, in whatever process: a dry run in a folder of its own, told back as plain data.

Nothing is written but in that folder, which is gone when this returns: the history belongs to whoever asked.
"""

import math
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

import numpy as np

from vapordep.app.request import Request
from vapordep.app.review.pulse_rows import PulseRow, pulse_rows
from vapordep.app.running.dry_run import dry_run_of
from vapordep.app.running.outside import Outside, Snapshot, assumed
from vapordep.app.twin.film import NUCLEATION
from vapordep.app.verdict.doses import given, purges
from vapordep.errors import VapordepError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.film import Film
from vapordep.model.reactor import Reactor
from vapordep.model.run import RunState
from vapordep.recipe import Recipe
from vapordep.safety.vapour import vapour_part


@dataclass(frozen=True, slots=True)
class Work:
    """One point: what is asked for, its reactor and its checked recipe, with which it can be done anywhere."""

    number: int
    request: Request
    reactor: Reactor
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gave: growth in m a cycle and film in m, NaN where nobody measured it.

    By source, of its median pulse: `areas` of its vapour above the baseline in Pa s, time constants `decays` in s.
    `needed` is the purge in s after which surfaces no longer give back what a source left (C2).
    """

    growth: float = math.nan
    thickness: float = math.nan
    cycles: int = 0
    areas: Mapping[str, float] = field(default_factory=dict)
    decays: Mapping[str, float] = field(default_factory=dict)
    needed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gave:
    """What came of a point: the run with its recording to be kept, and its numbers; or why there is none."""

    number: int
    failure: str = ""
    run: CataloguedRun | None = None
    recording: bytes = b""
    measured: Measured = Measured()

    @property
    def complete(self) -> bool:
        """Whether its run came to the end of its plan, so that its numbers count."""
        return self.run is not None and self.run.state is RunState.COMPLETE


def leave_interrupts() -> None:
    """Ctrl-C is for whoever asked; a point under way is finished, so that it is not lost."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dry_point(work: Work) -> Gave:
    """Does a dry run; never raises what an instrument, a disk or a recipe does."""
    try:
        with tempfile.TemporaryDirectory(prefix="vapordep-sweep-") as folder:
            history = Path(folder)
            request = replace(work.request, history=history)
            report = dry_run_of(request, work.reactor, work.recipe, Outside(_unseen, _silent, assumed, attended=False))
            kept = History(history)
            run = kept.run(report.run_id)
            with kept.open_recording(run) as recording:
                found = measured(recording, work.reactor, report.film)
            return Gave(work.number, run=run, recording=(history / run.recording).read_bytes(), measured=found)
    except (VapordepError, OSError) as error:
        return Gave(work.number, failure=str(error))


def measured(recording: Recording, reactor: Reactor, film: Film) -> Measured:
    """The numbers of a run from its recording and its film."""
    rows = pulse_rows(recording)
    layers = [layer for layer in film.layers if layer.name != NUCLEATION and layer.cycles]
    cycles = sum(layer.cycles for layer in layers)
    grown = sum(layer.thickness for layer in layers)
    return Measured(
        growth=grown / cycles if cycles else math.nan,
        thickness=film.thickness if film.layers else math.nan,
        cycles=cycles,
        areas=_of_vapour(_medians(rows, "area"), reactor),
        decays=_medians(rows, "decay"),
        needed=_needed(recording, reactor),
    )


def _of_vapour(areas: Mapping[str, float], reactor: Reactor) -> dict[str, float]:
    """Of what the gauge saw, what fills the surface."""
    sources = {name: reactor.sources[name] for name in areas}
    return {name: vapour_part(source, source.temperature) * areas[name] for name, source in sources.items()}


def _medians(rows: Sequence[PulseRow], of: str) -> dict[str, float]:
    """Of the doses in loops, for those before them are not those that are swept."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.cycle and math.isfinite(value := getattr(row, of)):
            found.setdefault(row.source, []).append(value)
    return {source: float(np.median(some)) for source, some in found.items()}


def _needed(recording: Recording, reactor: Reactor) -> dict[str, float]:
    tags = frozenset(recording.tags())
    found: dict[str, float] = {}
    for purge in purges(given(recording), reactor, lambda tag: recording.samples(tag) if tag in tags else None):
        found[purge.first] = max(found.get(purge.first, 0.0), purge.refused, purge.doubted)
    return found


def _unseen(_: Snapshot) -> None:
    """Nobody looks."""


def _silent() -> None:
    """Nobody asks for anything."""
