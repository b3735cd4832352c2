"""Walls that remember (C5), over runs and restarts, until a changeover is complete; what nobody knows is coated."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, past_the_check
from tests.scenarios.test_engine import Served, served
from tests.unit.reactor.files import changed
from vapordep.app.remembered.walls import coated, coating, require_bare
from vapordep.app.request import Request
from vapordep.app.running import connection as connection_module
from vapordep.app.running import memory
from vapordep.app.running.connection import Connection
from vapordep.app.running.execute import Surroundings, execute
from vapordep.app.running.outside import Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.app.running.sampling import predicted
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual, utc_now
from vapordep.errors import RunError
from vapordep.history.folder import catalogue_path, idle_path
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.upkeep.pruning import prune
from vapordep.model.batches import Batch, Sample
from vapordep.model.events import Event, Kind
from vapordep.model.idle import IdleHeader
from vapordep.model.plan import Branch, Parallel, Plan
from vapordep.model.run import Mode, RunState
from vapordep.model.steps import FlowCheck, Rest
from vapordep.model.tags import Quality, Tag
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.safety.memory import Civil
from vapordep.simulation.plant import Truth
from vapordep.units import one, state

FILE = ROOT / "recipes" / "refused" / "reactors" / "never_built.yaml"
REACTOR = replace(read_reactor(FILE), simulated=True)
DOSE = """\
recipe: 1
name: one dose
process: ALD
substrate: lithium
steps:
  - pump: {to: 5 Pa}
  - flow: {carrier: 20 sccm}
  - purge: {for: 20 s}
  - dose: {source: SOURCE, pulse: 50 ms}
  - purge: {for: 20 s}
"""
CHANGE = """\
recipe: 1
name: change over
process: ALD
substrate: lithium
changeover: true
steps:
  - prompt: Put clean liners in, and say so.
  - flow: {carrier: 20 sccm}
"""


@pytest.fixture(autouse=True)
def _long_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gas of the last ten minutes forbids is another matter."""
    monkeypatch.setattr(memory, "recent_doses", lambda *asked: {})


def _now() -> Civil:
    return Civil(0.0, utc_now())


def perform(folder: Path, text: str, hot: float = 350.0) -> RunReport:
    """One run by a process of its own, which knows no more than the history."""
    recipe_file = folder / "recipe.yaml"
    recipe_file.write_text(text)
    request = Request(recipe_file, FILE, folder / "history", "test", hot=hot)
    recipe = read_recipe(request.recipe, REACTOR)

    async def main(clock: VirtualClock) -> RunReport:
        simulated = simulated_reactor(REACTOR, "lithium", 0, hot=request.hot)
        clock.loop.world = simulated.world

        async def probe() -> Truth:
            return simulated.world.truth(clock.now())

        ahead = predicted(simulated.sampler, clock)
        surroundings = Surroundings(
            Mode.DRY_RUN, simulated.transports(clock), probe, lambda recorder: recorder, ahead, remembers=True
        )
        outside = Outside(lambda snapshot: None, lambda: None, assumed, attended=False, person="Ada")
        return await execute(request, REACTOR, recipe, clock, surroundings, outside)

    return run_virtual(main)


def dose(folder: Path, source: str) -> bool:
    """Whether it was let in; else the start is refused because of C5, and that is on record."""
    try:
        report = perform(folder, DOSE.replace("SOURCE", source))
    except RunError:
        latest = History(folder / "history").run("last")
        assert latest.state is RunState.ABORTED
        assert (latest.reason or "").startswith(f"C5.{source} would refuse {source}")
        return False
    assert report.state is RunState.COMPLETE, report.reason
    assert report.precursor_use[source] > 1e-8
    return True


def test_walls_remember_over_restarts_until_a_changeover_is_complete(tmp_path: Path) -> None:
    assert not dose(tmp_path, "TMA"), "nobody knows what the walls hold"
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    assert dose(tmp_path, "TMA")
    assert not dose(tmp_path, "TBPO")
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    assert dose(tmp_path, "TBPO")


def test_a_changeover_that_was_broken_off_clears_nothing(tmp_path: Path) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    assert dose(tmp_path, "TMA")
    broken = CHANGE + "  - wait: {until: chamber.pressure > 1 kPa, within: 2 s}\n"
    assert perform(tmp_path, broken).state is RunState.ABORTED
    assert not dose(tmp_path, "TBPO")


TWO = """\
recipe: 1
name: both in one load
process: ALD
substrate: silicon
steps:
  - pump: {to: 5 Pa}
  - flow: {carrier: 20 sccm}
  - purge: {for: 20 s}
  - dose: {source: TMA, pulse: 50 ms}
  - purge: {for: 1 min}
  - cool: {stage: 40 degC, within: 3 h}
  - pump: {to: 5 Pa}
  - vent: {within: 2 h}
  - load: {within: 1 h}
  - change_over: Clean liners lie in the chamber.
  - pump: {to: 5 Pa}
  - leak_check: {for: 1 min}
  - flow: {carrier: 20 sccm}
  - purge: {for: 1 min}
  - dose: {source: TBPO, pulse: 50 ms}
  - purge: {for: 1 min}
"""


def test_walls_are_changed_within_a_run_and_it_is_remembered_what_came_afterwards(tmp_path: Path) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    report = perform(tmp_path, TWO, hot=310.0)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    assert report.precursor_use["TBPO"] > 1e-8
    assert coated(tmp_path / "history", REACTOR, _now()).keys() == {"TBPO"}
    assert dose(tmp_path, "TBPO")
    assert not dose(tmp_path, "TMA")


def test_without_the_change_the_gate_refuses_the_other_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    past_the_check(monkeypatch)
    report = perform(tmp_path, TWO.replace("  - change_over: Clean liners lie in the chamber.\n", ""), hot=310.0)
    assert report.state is RunState.ABORTED
    assert "C5" in report.reason


@pytest.mark.parametrize(
    ("left_out", "codes"),
    [
        ("", set()),
        ("  - change_over: Clean liners lie in the chamber.\n", {"C5"}),
        ("  - load: {within: 1 h}\n", {"R-CHANGE"}),
    ],
)
def test_walls_do_not_change_behind_a_shut_lid(left_out: str, codes: set[str], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(TWO.replace(left_out, "", 1) if left_out else TWO)
    assert {finding.code for finding in examine(recipe, REACTOR).findings if finding.refuses} == codes


def test_what_cannot_be_read_counts_as_coated(tmp_path: Path) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    history, now = tmp_path / "history", _now()
    assert coated(history, REACTOR, now) == {}
    assert dose(tmp_path, "TMA")
    [ago] = coated(history, REACTOR, now).values()
    assert ago >= 0.0
    run = History(history).run("last")
    (history / run.recording).write_bytes(b"no database")
    assert coated(history, REACTOR, now) == dict.fromkeys(coating(REACTOR), 0.0)
    catalogue_path(history).write_bytes(b"no database either")
    assert coated(history, REACTOR, now) == dict.fromkeys(coating(REACTOR), 0.0)


def test_what_the_walls_would_keep_out_is_refused_before_a_run_begins(tmp_path: Path) -> None:
    """Not at its first dose, after hours of heating with nobody there."""

    async def scene(made: Served) -> None:
        history, connection = tmp_path / "history", made.engine.connection
        with memory.remembering(connection, history):
            made.recipe.write_text(DOSE.replace("SOURCE", "TMA"))
            with pytest.raises(RunError, match=r"C5\.TMA would refuse TMA: the walls may hold what .*TBPO") as refused:
                await made.start(reactor_sha256=REACTOR.sha256)
            assert "change_over_liners" in refused.value.remedy
            assert (History(history).runs(), made.engine.run) == ((), None)
            connection.walls_are_bare()
            await made.clock.sleep(2.0)
            await made.start(reactor_sha256=REACTOR.sha256)
            assert made.engine.run is not None

    served(tmp_path, scene, reactor=REACTOR)


@pytest.mark.parametrize(("bare", "refused"), [(0.0, True), (1.0, False), (None, False)])
def test_until_they_are_changed_within_a_run_each_source_that_is_let_in_counts(
    tmp_path: Path, bare: float | None, refused: bool
) -> None:
    """Of what comes after the change the person answers; what nobody knows yet is left to the interlock."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(TWO)
    plan = read_recipe(recipe, REACTOR).plan
    known = {} if bare is None else {"TMA.walls_bare": Sample(0.0, bare, Quality.GOOD)}
    if refused:
        with pytest.raises(RunError, match=r"C5\.TMA"):
            require_bare(plan, REACTOR, known)
    else:
        require_bare(plan, REACTOR, known | {"TBPO.walls_bare": Sample(0.0, 0.0, Quality.GOOD)})


@pytest.mark.parametrize(("source", "refused"), [("TBPO", True), ("", False)])
def test_a_source_whose_flow_is_checked_counts_also_in_a_branch(source: str, refused: bool) -> None:
    check = FlowCheck(source=source, line="" if source else "carrier", flow=1e-6, tolerance=0.1, duration=20.0)
    branches = Branch("checking", (check,)), Branch("resting", (Rest(duration=60.0),))
    plan = Plan("checked", "iCVD", "lithium", (Parallel(branches=branches),))
    known = {"TBPO.walls_bare": Sample(0.0, 0.0, Quality.GOOD)}
    with pytest.raises(RunError, match=r"C5\.TBPO") if refused else nullcontext():
        require_bare(plan, REACTOR, known)


def idle(
    folder: Path, name: str, opened: str = "", ordered: str = "", bare: float = 1.0, *, ago: float = 0.0,
    simulated: bool = True,
) -> None:  # fmt: skip
    """A minute between runs that ended so many s ago: a source `opened` by hand, a test pulse `ordered`."""
    tags = (*(Tag(f"{source}.valve", state) for source in REACTOR.sources), Tag("TBPO.walls_bare", one))
    started = utc_now() - timedelta(seconds=ago + 60.0)
    header = IdleHeader(name, REACTOR.name, "", "cd" * 32, simulated, {"vapordep": "0.1.0"}, started.isoformat())
    recorder = IdleRecorder.begin(folder / "history", header, tags, 0.0)
    recorder.publish([Batch.of("TBPO.walls_bare", [1.0], [bare])])
    if opened:
        recorder.publish([Batch.of(f"{opened}.valve", [10.0, 20.0, 30.0], [0.0, 1.0, 0.0])])
    if ordered:
        data = {"source": ordered, "width_s": 0.05, "due_s": 42.0}
        recorder.event(Event(40.0, Kind.COMMAND, "a test pulse is due", data))
    recorder.tick(50.0)
    recorder.close(started + timedelta(seconds=60.0)).result()


@pytest.mark.parametrize("how", ["opened", "ordered"])
def test_what_was_opened_between_runs_coats_the_walls_too(tmp_path: Path, how: str) -> None:
    """By hand, or by a test pulse whose process may have died before it saw the valve."""
    idle(tmp_path, "idle-before", opened="TBPO", ago=120.0)
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    idle(tmp_path, "idle-real", opened="TBPO", simulated=False, ago=-61.0)
    assert coated(tmp_path / "history", REACTOR, _now()) == {}, "before the change, or of another reactor"
    assert dose(tmp_path, "TBPO")
    idle(tmp_path, "idle-after", **{how: "TMA"}, ago=-61.0)
    assert "TMA" in coated(tmp_path / "history", REACTOR, _now())
    assert not dose(tmp_path, "TBPO")


def test_what_was_pruned_is_told_by_what_came_later(tmp_path: Path) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    idle(tmp_path, "idle-1", opened="TMA", ago=-61.0)
    later = utc_now() + timedelta(days=40.0)
    assert len(prune(tmp_path / "history", 0.0, later, "Ada").recordings) == 1
    idle(tmp_path, "idle-2", ago=-122.0)
    assert coated(tmp_path / "history", REACTOR, _now()) == {}, "an engine that knew of none"
    idle(tmp_path, "idle-3", bare=0.0, ago=-183.0)
    assert "TMA" in coated(tmp_path / "history", REACTOR, _now())


def test_a_time_between_runs_that_cannot_be_read_may_have_coated_everything(tmp_path: Path) -> None:
    assert perform(tmp_path, CHANGE).state is RunState.COMPLETE
    idle(tmp_path, "idle-1", ago=-61.0)
    assert coated(tmp_path / "history", REACTOR, _now()) == {}
    idle_path(tmp_path / "history", "idle-1").write_bytes(b"no database")
    assert coated(tmp_path / "history", REACTOR, _now()) == dict.fromkeys(coating(REACTOR), 0.0)


def test_a_reactor_for_one_kind_of_process_has_nothing_to_remember(tmp_path: Path) -> None:
    alone = read_reactor(ROOT / "reactors" / "glovebox_ald.yaml")
    assert (coating(alone), coated(tmp_path, alone, _now())) == (frozenset(), {})
    assert coating(REACTOR) >= {"TMA", "TBPO"}


@pytest.mark.parametrize(("old", "new"), [("  - prompt: Put clean liners in, and say so.\n", ""), ("true", "maybe")])
def test_a_changeover_asks_a_person(old: str, new: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(CHANGE.replace(old, new))
    codes = {finding.code for finding in examine(recipe, REACTOR).findings if finding.refuses}
    assert codes == {"R-CHANGE" if not new else "R-FORM"}


def test_an_engine_that_serves_run_after_run_forgets_no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new sample gets a new safety core, long after the gas is gone."""
    monkeypatch.setattr(connection_module, "REMEMBERED_FOR", 1.0)

    async def main(clock: VirtualClock) -> list[float]:
        simulated = simulated_reactor(REACTOR, "lithium", 0, hot=350.0)
        clock.loop.world = simulated.world
        connection = Connection(REACTOR, substrate("lithium"), clock, simulated.transports(clock))
        found = []
        async with connection.opened():
            await connection.first_readings()
            now, valve = clock.now(), REACTOR.sources["TMA"].valve
            connection.core.hub.publish([Batch.of(valve, (now - 0.02, now - 0.01), (1.0, 0.0))])
            await clock.sleep(3.0)
            for cleaned in (False, True):
                if cleaned:
                    connection.walls_are_bare()
                connection.protect(substrate("silicon"))
                await connection.first_readings()
                found.append(connection.core.hub.latest["TBPO.walls_bare"].value)
        return found

    assert run_virtual(main) == [0.0, 1.0]


def test_the_check_knows_what_flowed_steadily_too(tmp_path: Path) -> None:
    alkyl = {"substance: 1,4-dibromobutane": "substance: TMA"}
    reactor = changed(ROOT / "reactors" / "icvd_copolymer.yaml", tmp_path, alkyl)
    recipe = tmp_path / "both.yaml"
    recipe.write_text(
        "recipe: 1\nname: both\nprocess: iCVD\nsubstrate: silicon\nsteps:\n  - pump: {to: 1 Pa}\n"
        "  - flow: {carrier: 20 sccm}\n  - dose: {source: DBB, pulse: 1 s}\n  - purge: {for: 5 min}\n"
        "  - vapour: {TBPO: 0.6 sccm}\n  - vapour: {TBPO: closed}\n  - purge: {for: 5 min}\n"
        "  - dose: {source: DBB, pulse: 1 s}\n  - purge: {for: 5 min}\n"
    )
    lines = [f.line for f in examine(recipe, read_reactor(reactor)).findings if f.code == "C5"]
    assert lines == [10, 13]
