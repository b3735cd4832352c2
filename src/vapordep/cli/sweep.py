"""The command `sweep`: runs that differ in some parameters, on all cores, with a table, a fit and what is proposed."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import FrameType
from typing import Any

from vapordep.analysis.saturation import Constant, Slow
from vapordep.app import sweep as app
from vapordep.app.bottles import stocked
from vapordep.app.check import finding_as_json
from vapordep.app.plain import number
from vapordep.app.plots.place import check_plot
from vapordep.app.request import Request
from vapordep.app.words import clock_time, count, shown
from vapordep.cli.dry_run import UNFINISHED, check_places
from vapordep.cli.failures import INTERRUPTED
from vapordep.cli.output import console, listing, plain, tell, write_json
from vapordep.clock import perf, utc_now
from vapordep.errors import InputError
from vapordep.history.folder import new_run_id
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.units import Dimension

D = Dimension
FITS = ("saturation",)
MOST_WARNINGS = 3
"""Of more, only the number is told."""


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
        what = _told(gave)
        tell(f"{done} of {self.todo}: {_set(self.points[gave.number - 1], self.names)}: {what}; {_left(left)}")


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
        _announce(points, names, len(todo))
    progress = _Progress(points, names, len(todo), asked.as_json)
    chosen = app.on_cores(asked.jobs, len(todo)) if asked.cluster is None else app.on_cluster(asked.cluster)
    with chosen as executor, _interrupts() as interrupted:
        app.perform(executor, todo, request.history, progress.take, interrupted)
    found = app.found(points, progress.given) if asked.fit is not None else app.Found()
    if asked.as_json:
        write_json(_as_json(identity, points, progress.given, found, asked.fit))
    else:
        _print(points, names, progress.given, found, asked.fit)
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
        write_json({"plan": str(file), "commands": typed, "points": [_point(point, None) for point in points]})
        return
    _announce(points, names, written, "run")
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
        write_json(_as_json(str(file), points, given, found, asked.fit))
    else:
        _print(points, names, given, found, asked.fit)
    if asked.plot is not None:
        _draw(points, given, names, found, asked)


def _draw(
    points: Sequence[app.Point], given: Mapping[int, app.Gave], names: Sequence[str], found: app.Found, asked: Asked
) -> None:
    from vapordep.app.plots.sweep import plot_sweep
    from vapordep.cli.summary import print_plot

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


def _announce(points: Sequence[app.Point], names: Sequence[str], todo: int, kind: str = "dry run") -> None:
    for point in points:
        if point.recipe is None:
            first, *more = point.refusals
            others = f", and {count(len(more), 'more finding')}" if more else ""
            tell(f"not run, {_set(point, names)}: {first.code} {first.where}: {first.message}{others}")
    warnings = dict.fromkeys(str(warning) for point in points if point.recipe for warning in point.recipe.warnings)
    for warning in list(warnings)[:MOST_WARNINGS]:
        tell(f"warning: {warning}")
    if len(warnings) > MOST_WARNINGS:
        tell(f"{len(warnings) - MOST_WARNINGS} more warnings; see `vapordep check`")
    tell(f"{count(todo, kind)} of {count(len(points), 'point')}")


def _set(point: app.Point, names: Sequence[str]) -> str:
    return ", ".join(f"{name} = {point.request.settings[name]}" for name in names)


def _told(gave: app.Gave) -> str:
    if gave.run is None:
        return f"failed: {gave.failure}"
    if not gave.complete:
        return f"{gave.run.state}: {gave.run.reason}"
    return shown(gave.measured.growth, D.GROWTH_PER_CYCLE)


def _print(
    points: Sequence[app.Point], names: Sequence[str], given: Mapping[int, app.Gave], found: app.Found, fit: str | None
) -> None:
    sources = list(dict.fromkeys(name for gave in given.values() for name in gave.measured.areas))
    table = listing(*(f"{name}>" for name in names), "growth>", "film>", *(f"{name} area>" for name in sources), "run")
    for point in points:
        gave = given.get(point.number)
        numbers = gave.measured if gave is not None and gave.complete else app.Measured()
        table.add_row(
            *(plain(point.request.settings[name]) for name in names),
            shown(numbers.growth, D.GROWTH_PER_CYCLE),
            shown(numbers.thickness, D.LENGTH),
            *(shown(numbers.areas.get(name), D.EXPOSURE) for name in sources),
            plain(_run(point, gave)),
        )
    out = console()
    out.print(table)
    if fit is not None:
        for line in _fitted(found):
            out.print(plain(line), soft_wrap=True)


def _run(point: app.Point, gave: app.Gave | None) -> str:
    if point.recipe is None:
        return f"refused: {point.refusals[0].code}"
    if gave is None:
        return "not run"
    return gave.run.run_id if gave.run is not None and gave.complete else _told(gave)


def _fitted(found: app.Found) -> Iterator[str]:
    """The fit in words, then what is proposed."""
    if found.reason:
        yield f"no fit: {found.reason}"
    if found.saturation is not None:
        limit = shown(found.saturation.limit, D.GROWTH_PER_CYCLE)
        yield f"growth when saturated {limit}, scatter {shown(found.saturation.scatter, D.GROWTH_PER_CYCLE)}"
        for source, constant in zip(found.sources, found.saturation.constants, strict=True):
            if constant.determined:
                yield f"{source}: k = {constant.value:.3g} +- {constant.error:.1g} /(Pa s){_slow(constant)}"
            else:
                yield f"{source}: k is not determined by these points"
    if found.purge is not None and found.purge.determined:
        fit = found.purge
        limit = shown(fit.limit, D.GROWTH_PER_CYCLE)
        yield f"growth after long purges {limit}; the excess falls with {fit.time_constant:.3g} +- {fit.error:.1g} s"
    for each in found.proposals:
        doubt = f" ({each.doubt})" if each.doubt else ""
        after = "after" if each.what == "purge" else "of"
        yield f"proposed {each.what} {after} {each.source}: {shown(each.value, D.TIME)}, for {each.why}{doubt}"


def _slow(constant: Constant) -> str:
    slow = constant.slow
    if slow is None:
        return ""
    return f"; {slow.share:.0%} of the sites are slow, k = {slow.value:.3g} +- {slow.error:.1g} /(Pa s)"


def _slow_as_json(slow: Slow) -> dict[str, Any]:
    return {"share": slow.share, "k_per_Pa_s": slow.value, "error_per_Pa_s": number(slow.error)}


def _as_json(
    identity: str, points: Sequence[app.Point], given: Mapping[int, app.Gave], found: app.Found, fit: str | None
) -> dict[str, Any]:
    """SI units, null for what is not known."""
    return {
        "sweep": identity,
        "points": [_point(point, given.get(point.number)) for point in points],
        "fit": None if fit is None else _fit(found),
        "proposed": [
            {
                "source": each.source,
                "what": each.what,
                "value_s": each.value,
                "why": each.why,
                "doubt": each.doubt or None,
            }
            for each in found.proposals
        ],
    }


def _point(point: app.Point, gave: app.Gave | None) -> dict[str, Any]:
    run = gave.run if gave is not None else None
    numbers = gave.measured if gave is not None and gave.complete else app.Measured()
    return {
        "settings": dict(point.request.settings),
        "refused": [finding_as_json(finding) for finding in point.refusals],
        "run_id": run.run_id if run else None,
        "state": run.state.value if run else None,
        "failure": (gave.failure or None) if gave is not None else None,
        "growth_per_cycle_m": number(numbers.growth),
        "thickness_m": number(numbers.thickness),
        "cycles": numbers.cycles,
        "exposures_Pa_s": dict(numbers.areas),
        "decays_s": dict(numbers.decays),
        "pulses_s": dict(point.planned.pulses),
        "purges_s": dict(point.planned.purges),
    }


def _fit(found: app.Found) -> dict[str, Any]:
    fit, purge = found.saturation, found.purge
    return {
        "reason": found.reason or None,
        "growth_per_cycle_m": number((fit or purge).limit) if (fit or purge) else None,  # type: ignore[union-attr]
        "constants": [
            {
                "source": source,
                "k_per_Pa_s": constant.value,
                "error_per_Pa_s": number(constant.error),
                "determined": constant.determined,
                "exposure_99_Pa_s": constant.exposure(),
                "slow_sites": None if constant.slow is None else _slow_as_json(constant.slow),
            }
            for source, constant in zip(found.sources, fit.constants if fit else (), strict=False)
        ],
        "purge_time_constant_s": purge.time_constant if purge and purge.determined else None,
        "purge_excess": purge.excess if purge and purge.determined else None,
    }
