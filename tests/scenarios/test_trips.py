"""What goes wrong in a reactor while a run goes on: trips, refusals and instruments that fall silent."""

from dataclasses import replace

import pytest

from tests.scenarios.rigs import SETTLING, Scene, dose, plan, play, purge, repeat, trouble
from vapordep.chemistry import substrate
from vapordep.errors import CommandRefused, Tripped
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Kind
from vapordep.model.pulses import Verdict
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Set, Stabilise, Step
from vapordep.simulation.faults import FrontPanel, Mute
from vapordep.units import degC, to_si

S, V = RunState, Verb
COVER = repeat(2, dose(), purge(3.0), name="cover")
STARVED, REFILLED = b"AHC\r", b"AC\r"
"""At the flow controller's panel: valve held shut, and under control again."""


def refusals(scene: Scene) -> list[str]:
    """The ids of the interlocks that refused something, in order."""
    return [str(event.data["interlocks"]) for event in scene.kind(Kind.REFUSED)]


def attack(scene: Scene) -> float:
    """How much water bare lithium has met, in Pa s."""
    return float(scene.report()["bare_attack"]["water"])


def test_a_stage_that_overheats_is_tripped_long_before_the_lithium_melts() -> None:
    lithium = substrate("lithium")
    scene = play(plan(Set(output="stage.setpoint", value=to_si(300.0, degC)), Stabilise(duration=600.0, tolerance=1e3)))
    assert scene.states == [S.RUNNING, S.ABORTING, S.ABORTED]
    assert scene.run.reason.startswith("T1 tripped: ")
    hottest = scene.report()["foil_temperature_max"]
    assert to_si(120.0, degC) < hottest < lithium.trip_ceiling < lithium.melting_point.value
    assert [event.text for event in scene.kind(Kind.TRIP)], "the trip is in the log"


def test_a_thermocouple_that_falls_silent_aborts() -> None:
    faults = {"stage_heater": [Mute(start=15.0, deaf=False)]}
    scene = play(plan(purge(30.0)), faults=faults)
    assert scene.run.state is S.ABORTED
    assert {event.data.get("id", event.text.partition(":")[0]) for event in scene.kind(Kind.TRIP)} >= {"T1", "T2"}
    assert "has been silent for" in scene.run.reason
    assert "stage.setpoint" in scene.run.reason.rpartition("not known to be safe: ")[2]


@pytest.mark.parametrize("attended", [True, False])
def test_valves_that_fall_silent_during_a_dose_are_shut_all_the_same(attended: bool) -> None:
    wide = 2.0
    faults = {"valves": [Mute(start=0.0, end=0.0, deaf=False)]}

    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        scene.simulated.instruments["valves"].add(Mute(start=scene.clock.now(), deaf=False))  # type: ignore[attr-defined]

    scene = play(plan(repeat(3, dose(width=wide), purge(3.0))), script, faults=faults, attended=attended)
    opened, closed = scene.report()["valves"]["TMA.valve"]
    assert closed[0] - opened[0] < wide + 0.1
    assert scene.run.state is S.ABORTED
    assert "TMA.valve" in scene.run.reason.rpartition("not known to be safe: ")[2]
    assert scene.openings("TMA") == 1


def test_valves_that_are_deaf_leave_a_run_that_says_what_is_not_safe() -> None:
    """Nobody can shut such a valve; all that can be done is to make the rest safe, and to say so."""
    faults = {"valves": [Mute(start=0.0, end=0.0)]}

    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        scene.simulated.instruments["valves"].add(Mute(start=scene.clock.now()))  # type: ignore[attr-defined]

    scene = play(plan(dose(width=1.0), purge(3.0)), script, faults=faults, check=False)
    scene.assert_consistent()
    assert scene.run.state is S.ABORTED
    assert "not known to be safe: TMA.valve" in scene.run.reason
    assert any("TMA.valve" in event.text for event in scene.kind(Kind.ALARM))
    assert {zone: scene.truth(f"{zone}.power", SETTLING) for zone in scene.reactor.zones} == dict.fromkeys(
        scene.reactor.zones, 0.0
    )


def test_without_a_gauge_no_source_opens() -> None:
    faults = {"gauge": [Mute(start=12.0)]}
    scene = play(plan(purge(10.0), repeat(2, dose(), purge(2.0))), faults=faults, attended=False)
    assert scene.run.state is S.ABORTED
    assert "P3" in refusals(scene)[0]
    assert scene.openings("TMA") == scene.run.doses.count == 0
    assert scene.book.pulses[1].commanded_open != scene.book.pulses[1].commanded_open
    assert scene.book.pulses[1].verdict is Verdict.REFUSED


def test_a_lost_carrier_holds_and_once_it_is_back_the_run_goes_on() -> None:
    faults = {"carrier_mfc": [FrontPanel(12.0, STARVED), FrontPanel(40.0, REFILLED)]}

    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        assert scene.run.reason.startswith("F2 tripped: ")
        for verb in (V.RESTART, V.CAP):
            with pytest.raises(Tripped, match="F2 cannot be reset, its cause is still there") as told:
                scene.ask(verb)
            assert told.value.interlocks == ("F2",)
        assert scene.run.state is S.HELD
        assert scene.run.protection.alarms["F2"].state is AlarmState.UNACK_ACTIVE
        await scene.until(lambda: scene.clock.now() > 45.0)
        scene.ask(V.RESTART, by="Ada")
        assert (scene.run.state, scene.run.protection.interlocks.trips) == (S.RESTARTING, ())
        assert scene.run.protection.alarms["F2"].by == "Ada"

    capped = replace(plan(repeat(2, dose(), purge(30.0))), cap=(purge(1.0),))
    scene = play(capped, script, faults=faults)
    assert scene.run.state is S.COMPLETE
    assert {pulse.intent.cycle for pulse in scene.book.pulses.values()} == {1, 2}


def test_a_lost_carrier_unattended_aborts_and_tells_why() -> None:
    scene = play(plan(purge(60.0)), faults={"carrier_mfc": [FrontPanel(12.0, STARVED)]}, attended=False, check=False)
    scene.assert_consistent()
    assert scene.run.state is S.ABORTED
    assert "F2 tripped: carrier.flow_ratio" in scene.run.reason


@pytest.mark.parametrize(
    ("ids", "steps"),
    [
        pytest.param("C3", (dose("H2O", 0.03), purge(2.0)), id="water on bare lithium"),
        pytest.param("C2.H2O", (COVER, dose("H2O", 0.03), purge(2.0)), id="too short a purge"),
    ],
)
def test_a_dose_that_chemistry_forbids_never_opens_a_valve(ids: str, steps: tuple[Step, ...]) -> None:
    scene = play(plan(*steps), attended=False)
    assert scene.run.state is S.ABORTED
    assert ids in refusals(scene)[0]
    assert ids in scene.run.reason
    assert scene.openings("H2O") == 0
    assert scene.report()["exposures"]["water"] < 1e-3, "only what walls give off"


def test_water_on_covered_lithium_after_a_whole_purge_is_allowed() -> None:
    scene = play(plan(COVER, purge(21.0), dose("H2O", 0.03), purge(2.0)))
    assert scene.run.state is S.COMPLETE
    assert trouble(scene) == []
    assert scene.openings("H2O") == 1


def test_no_second_source_opens_beside_one_it_reacts_with() -> None:
    found: list[str] = []

    async def script(scene: Scene) -> None:
        await scene.step("dose TMA 3 s")
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        with pytest.raises(CommandRefused) as caught:
            await scene.run.rig.command("H2O.valve", 1.0, "by hand")
        found.append(caught.value.what)
        assert scene.run.state is S.RUNNING, "a command that is refused by hand leaves the run alone"

    scene = play(plan(COVER, dose(width=3.0), purge(2.0)), script)
    assert "C2.H2O" in found[0]
    assert scene.report()["overlap"] == 0.0
    assert scene.openings("H2O") == 0
    assert attack(scene) < 1e-3


def test_a_carrier_that_was_never_there_lets_no_source_open() -> None:
    faults = {"carrier_mfc": [FrontPanel(0.0, STARVED)]}
    scene = play(plan(dose(), purge(1.0)), faults=faults, attended=False, check=False)
    scene.assert_consistent()
    assert scene.openings("TMA") == 0
    assert "F2 tripped: carrier.flow_ratio" in scene.run.reason
