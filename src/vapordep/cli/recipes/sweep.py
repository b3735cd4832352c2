"""The command `sweep`: runs that differ in some parameters, on all cores, with a table, a fit and what is proposed."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import FrameType

from vapordep.app import sweep as app
from vapordep.app.plots.place import check_plot
from vapordep.app.remembered.bottles import stocked
from vapordep.app.request import Request
from vapordep.app.words import clock_time, count
from vapordep.cli.recipes.dry_run import UNFINISHED, check_places
from vapordep.cli.recipes.sweep_as_json import point_as_json, sweep_as_json
from vapordep.cli.recipes.sweep_words import announce, print_points, set_of, told
from vapordep.cli.terminal.failures import INTERRUPTED
from vapordep.cli.terminal.output import console, plain, tell, write_json
from vapordep.clock import perf, utc_now
from vapordep.errors import InputError
from vapordep.history.folder import new_run_id
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

FITS = ("saturation",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says beside the recipe."""

    fit: str | None
    jobs: int | None
    cluster: str | None
    plot: Path | None
    as_json: bool
    plan: Path | None = None
    measured: Path | None = None


@dataclass(slots=True)
class _Progress:
    """Tells each point as it comes, and how long the rest may take."""

    points: Sequence[app.Point]
    names: Sequence[str]
    todo: int
    quiet: bool
    began: float = field(default_factory=perf)
    given: dict[int, app.Gave] = field(default_factory=dict)

    def take(self, gave: app.Gave) -> None:
        """One more."""
        self.given[gave.number] = gave
        if self.quiet:
            return
        done = len(self.given)
        left = (perf() - self.began) / done * (self.todo - done)
        what = told(gave)
        tell(f"{done} of {self.todo}: {set_of(self.points[gave.number - 1], self.names)}: {what}; {_left(left)}")


def _left(seconds: float) -> str:
    return f"about {clock_time(seconds)} left" if seconds else "the last one"


def sweep(request: Request, settings: Sequence[str], asked: Asked) -> None:
    """Checks every point, runs those that may, prints what came of it; exit status 1 when a point did not complete.

    Raises InputError before anything is written.
    """
    reactor = stocked(read_reactor(request.reactor), request.history)
    if asked.fit is not None and asked.fit not in FITS:
        raise InputError(f"--fit {asked.fit}: there is no such fit", remedy=f"write --fit {' or --fit '.join(FITS)}")
    grid = app.grid(settings)
    points, names = app.checked(request, reactor, grid), app.swept(grid)
    if asked.fit is not None:
        app.check_fit(points)
    check_places(request, asked.plot)
    if asked.plot is not None:
        check_plot(asked.plot)
    if asked.plan is not None:
        return _plan(asked.plan, points, names, as_json=asked.as_json)
    if asked.measured is not None:
        return _measured(asked.measured, request, reactor, points, names, asked)
    return _dry(request, reactor, points, names, asked)


def _dry(request: Request, reactor: Reactor, points: Sequence[app.Point], names: Sequence[str], asked: Asked) -> None:
    """Runs the points on simulated reactors."""
    identity = new_run_id(utc_now())
    todo = app.works(points, reactor, identity)
    if not asked.as_json:
        announce(points, names, len(todo))
    progress = _Progress(points, names, len(todo), asked.as_json)
    chosen = app.on_cores(asked.jobs, len(todo)) if asked.cluster is None else app.on_cluster(asked.cluster)
    with chosen as executor, _interrupts() as interrupted:
        app.perform(executor, todo, request.history, progress.take, interrupted)
    found = app.found(points, progress.given) if asked.fit is not None else app.Found()
    if asked.as_json:
        write_json(sweep_as_json(identity, points, progress.given, found, asked.fit))
    else:
        print_points(points, names, progress.given, found, asked.fit)
        console().print(plain(f"sweep {identity}, {count(len(progress.given), 'run')} kept in {request.history}"))
    if asked.plot is not None and progress.given:
        _draw(points, progress.given, names, found, asked)
    if interrupted():
        sys.exit(INTERRUPTED)
    if not all(gave.complete for gave in progress.given.values()):
        sys.exit(UNFINISHED)


def _plan(file: Path, points: Sequence[app.Point], names: Sequence[str], *, as_json: bool) -> None:
    """Writes the list of runs to do by hand, and tells what to type for each."""
    written, typed = app.write_plan(file, points, names), list(app.commands(points))
    if as_json:
        write_json({"plan": str(file), "commands": typed, "points": [point_as_json(point, None) for point in points]})
        return
    announce(points, names, written, "run")
    out = console()
    for command in typed:
        out.print(plain(command), soft_wrap=True)
    how = "enter under thickness_nm what you measured of each, then give the file to --measured, with the same --set"
    out.print(plain(f"{file}: {how}"), soft_wrap=True)


def _measured(
    file: Path, request: Request, reactor: Reactor, points: Sequence[app.Point], names: Sequence[str], asked: Asked
) -> None:
    """Fits what was measured of runs that were done by hand."""
    given = app.entered(file, points, names, request, reactor)
    found = app.found(points, given) if asked.fit is not None else app.Found()
    if asked.as_json:
        write_json(sweep_as_json(str(file), points, given, found, asked.fit))
    else:
        print_points(points, names, given, found, asked.fit)
    if asked.plot is not None:
        _draw(points, given, names, found, asked)


def _draw(
    points: Sequence[app.Point], given: Mapping[int, app.Gave], names: Sequence[str], found: app.Found, asked: Asked
) -> None:
    from vapordep.app.plots.sweep import plot_sweep
    from vapordep.cli.terminal.summary import print_plot

    assert asked.plot is not None  # noqa: S101 - its caller looked
    plot_sweep(points, given, names, found, asked.plot)
    if not asked.as_json:
        print_plot(asked.plot)


@contextlib.contextmanager
def _interrupts() -> Iterator[Callable[[], int]]:
    """Within it Ctrl-C is counted, and said what it does."""
    times = [0]

    def handle(_: int, __: FrameType | None) -> None:
        times[0] += 1
        if times[0] == 1:
            tell("no point is begun any more; those under way are finished and kept. ^C again gives them up.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: times[0]
    finally:
        signal.signal(signal.SIGINT, before)
