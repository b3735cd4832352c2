"""Runs on the wall clock: engine in one process, simulated reactor in another, TCP between them.

A run gives the film that virtual time gives; and stopped, killed or left without instruments it ends as it must.
"""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wall.processes import (
    FLOODED,
    PATIENCE,
    Served,
    interrupt,
    listed,
    printed,
    recipe_of_pulses,
    running,
    served,
    switch,
    through_a_cable,
    until,
)
from vapordep.app.places import reactor_file
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.outside import Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.history.queries import History
from vapordep.model.run import Mode, RunState
from vapordep.units import degC, to_si

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C and kill as POSIX knows them"),
]

HOT = to_si(100.0, degC)
CYCLES = 3
PRIMES = 2


def recipe(folder: Path, purge: str) -> Path:
    """Three cycles of alumina on lithium that is hot already; purges as the reactor's clearance demands."""
    path = folder / "short.yaml"
    path.write_text(
        f"""recipe: 1
name: alumina, three cycles
process: ALD
substrate: lithium
status: unverified
prime:
  - repeat: {PRIMES}
    steps:
      - dose: {{source: TMA, pulse: 50 ms}}
      - purge: {{for: 14 s}}
steps:
  - pump: {{to: 5 Pa, within: 2 min}}
  - flow: {{carrier: 20 sccm}}
  - heat: {{walls: 100 degC, stage: 100 degC, rate: 5 K/min, within: 2 K}}
  - purge: {{for: 14 s}}
  - prime
  - repeat: {CYCLES}
    layer: Al2O3
    steps:
      - dose: {{source: TMA, pulse: 50 ms}}
      - purge: {{for: {purge}}}
      - dose: {{source: H2O, pulse: 30 ms}}
      - purge: {{for: {purge}}}
finally:
  - purge: {{for: 2 s}}
""",
        encoding="utf-8",
    )
    return path


def dosing(folder: Path, pulse: str) -> Path:
    """Three pulses; a long one is still open when somebody decides against it."""
    path = folder / "dosing.yaml"
    path.write_text(recipe_of_pulses(3, pulse, "20 s"), encoding="utf-8")
    return path


def reactor(folder: Path, volume: str) -> Path:
    """The shipped reactor with another chamber: what it must purge goes with the volume."""
    path = folder / "reactor.yaml"
    text = reactor_file(None).read_text(encoding="utf-8")
    assert "volume: 1 L" in text
    path.write_text(text.replace("volume: 1 L", f"volume: {volume}"), encoding="utf-8")
    return path


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Served]:
    with served(reactor_file(None), tmp_path) as found:
        yield found


def virtually(recipe: Path, reactor: Path, history: Path) -> RunReport:
    """The same recipe from the same hot plant, in virtual time."""
    request = Request(recipe, reactor, history, operator="test", hot=HOT)
    alone = Outside(show=lambda _: None, verb=lambda: None, ask=assumed, attended=False)
    return dry_run(request, alone)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("volume", "purge"),
    [pytest.param("0.4 L", "8 s", id="small"), pytest.param("1 L", "22 s", id="shipped", marks=pytest.mark.many)],
)
def test_a_live_run_gives_the_film_of_virtual_time(tmp_path: Path, volume: str, purge: str) -> None:
    history, short, vessel = tmp_path / "history", recipe(tmp_path, purge), reactor(tmp_path, volume)
    with served(vessel, tmp_path) as simulation:
        with running(short, simulation, history) as run:
            assert run.wait(timeout=180) == 0, history.with_suffix(".log").read_text()
        assert simulation.all_shut()
        pulses = simulation.pulses("TMA.valve"), simulation.pulses("H2O.valve")
    live, virtual = printed(history), virtually(short, vessel, tmp_path / "virtual")

    assert live["state"] == "COMPLETE"
    assert live["trips"] == live["alarms"] == []
    assert virtual.state is RunState.COMPLETE
    assert virtual.film.thickness > 2e-10, "three cycles of alumina"
    assert live["film"]["thickness_m"] == pytest.approx(virtual.film.thickness, rel=0.02)
    assert live["film"]["mass_kg_m2"] == pytest.approx(virtual.film.mass, rel=0.02)
    assert list(map(len, pulses)) == [PRIMES + CYCLES, CYCLES]
    assert live["dose_width_error_s"] < 0.01, "of 50 ms at the valve, whose own jitter is 0.2 ms"
    _is_whole(history, doses=PRIMES + 2 * CYCLES)


def _is_whole(history: Path, doses: int) -> None:
    found = History(history)
    (run,) = found.runs()
    assert run.header.mode is Mode.DRY_RUN
    assert run.state is RunState.COMPLETE
    verification = found.verify(run)
    assert verification.whole, verification.problems
    assert verification.sealed
    with found.open_recording(run) as recording:
        assert [pulse.intent.number for pulse in recording.pulses()] == list(range(1, doses + 1))


def test_ctrl_c_twice_shuts_a_valve_that_is_open(tmp_path: Path, simulation: Served) -> None:
    history = tmp_path / "history"
    with running(dosing(tmp_path, "60 s"), simulation, history) as run:
        until(lambda: not simulation.all_shut(), run, FLOODED)
        interrupt(run)
        until(lambda: "STOPPING" in _events(history), run)
        interrupt(run)
        assert run.wait(timeout=PATIENCE) == 1
    assert simulation.all_shut()
    ((opened, closed),) = simulation.pulses("TMA.valve")
    assert closed - opened < 50.0, "it was planned for 60 s"
    told = printed(history)
    assert told["state"] == "ABORTED"
    assert told["reason"].startswith("Ctrl-C")
    assert [run["state"] for run in listed(history)] == ["ABORTED"]


def _events(history: Path) -> str:
    with History(history).open_recording("last") as recording:
        return "\n".join(event.text for event in recording.events())


def test_a_killed_run_is_listed_as_interrupted(tmp_path: Path, simulation: Served) -> None:
    history = tmp_path / "history"
    with running(dosing(tmp_path, "50 ms"), simulation, history) as run:
        until(lambda: len(simulation.pulses("TMA.valve")) == 1 and simulation.all_shut(), run, FLOODED)
        run.kill()
        run.wait(timeout=PATIENCE)
    (found,) = listed(history)
    assert found["state"] == "INTERRUPTED"
    found_again = History(history)
    assert found_again.verify("last").whole
    with found_again.open_recording("last") as recording:
        assert recording.pulses()[0].intent.source == "TMA"


def test_a_second_program_on_the_relay_boards_network_is_noticed(tmp_path: Path, simulation: Served) -> None:
    """D19: Modbus TCP asks nobody who they are, and the board obeys every connection."""
    history = tmp_path / "history"
    with running(dosing(tmp_path, "50 ms"), simulation, history) as run:
        until(lambda: len(simulation.pulses("TMA.valve")) == 1 and simulation.all_shut(), run, FLOODED)
        switch(simulation, 2, on=True)
        until(lambda: not simulation.all_shut(), run)
        assert run.wait(timeout=FLOODED) == 1, "nobody attends, so what is held is aborted"
    assert simulation.all_shut()
    assert simulation.is_safe()
    ((opened, shut),) = simulation.pulses("EG.valve")
    assert shut - opened < 10.0
    told = printed(history)
    assert told["state"] == "ABORTED"
    assert "EG.valve was set by somebody else: commanded closed, reads open" in told["reason"]
    assert sum("EG.valve was set by somebody else" in alarm for alarm in told["alarms"]) == 1
    assert "EG.valve was set by somebody else" in _events(history)


def test_a_run_whose_instruments_are_gone_ends_and_says_why(tmp_path: Path, simulation: Served) -> None:
    history = tmp_path / "history"
    with running(dosing(tmp_path, "50 ms"), simulation, history) as run:
        until(lambda: len(simulation.pulses("TMA.valve")) == 1 and simulation.all_shut(), run, FLOODED)
        simulation.process.kill()
        until(lambda: "tried on for 60 s" in _events(history), run, FLOODED)
        for _ in range(2):
            interrupt(run)
            time.sleep(0.2)  # two signals at once would be one
        status = run.wait(timeout=PATIENCE)
    log = history.with_suffix(".log").read_text(encoding="utf-8")
    assert status == 1, log
    told, (found,) = printed(history), listed(history)
    assert told["state"] == found["state"] == "ABORTED"
    assert re.search("has no valid value|has been silent for", told["reason"]), "which is noticed first is chance"
    assert told["reason"] == found["reason"]
    assert told["reason"].endswith("cut the power or shut its hand valve")
    assert any("cannot connect" in alarm for alarm in told["alarms"])


@pytest.mark.parametrize("gone_for", [4.0, 9.0])
def test_a_relay_board_that_is_lost_during_a_dose_shuts_its_valve_once_it_is_back(
    tmp_path: Path, simulation: Served, gone_for: float
) -> None:
    """4 s: the safe state itself waits for it; 9 s: the run that would be over does."""
    history, recipe = tmp_path / "history", dosing(tmp_path, "60 s")
    with through_a_cable(simulation, "valves") as (reactor, cable), running(recipe, reactor, history) as run:
        until(lambda: not simulation.all_shut(), run, FLOODED)
        time.sleep(0.3)
        cable.pull()
        time.sleep(gone_for)
        assert run.poll() is None, "it does not end with an open valve"
        assert not simulation.all_shut(), "nobody could shut it yet"
        cable.plug_in()
        back = time.monotonic()
        assert run.wait(timeout=PATIENCE) == 1
        assert simulation.all_shut(), "by ground truth, before the process ended"
    ((_, closed),) = simulation.pulses("TMA.valve")
    assert closed - back < 5.0
    told = printed(history)
    assert told["state"] == "ABORTED"
    assert sum("H2O.valve is not known" in alarm for alarm in told["alarms"]) <= 1
    assert not any("two valves were open" in trip for trip in told["trips"])
