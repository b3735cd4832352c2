"""Holding and restarting: what a hold does to the reactor, and where and how a run goes on."""

import pytest

import vapordep.engine.course
from tests.scenarios.rigs import HOT, SAFE_TRUTH, Scene, dose, plan, play, purge, repeat
from vapordep.model.events import Kind
from vapordep.model.plan import Block
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Flow, Heat, LeakCheck, Pump, PumpPurge, Set, Stabilise, Wait
from vapordep.units import degC, sccm, to_si

S, V = RunState, Verb
SHUT = {f"{source}.valve": 0.0 for source in ("TMA", "H2O", "EG")}
MINUTE, HOUR = 60.0, 3600.0
LONG = 20.0


async def hold(scene: Scene) -> None:
    scene.ask(V.HOLD)
    await scene.state(S.HELD)


async def hold_and_restart(scene: Scene) -> None:
    await hold(scene)
    scene.ask(V.RESTART)
    await scene.state(S.RUNNING)


def cycles(scene: Scene, source: str = "TMA") -> list[int]:
    return [p.intent.cycle for _, p in sorted(scene.book.pulses.items()) if p.intent.source == source]


def test_a_hold_in_the_middle_of_a_dose_shuts_the_valve_at_once_and_repeats_the_cycle() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("dose TMA 2 s")
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        await hold(scene)
        assert {point: scene.truth(point, 0.1) for point in SHUT} == SHUT
        assert scene.truth("pump.valve") == scene.truth("carrier.valve") == 1.0
        scene.ask(V.RESTART)

    scene = play(plan(repeat(2, dose(width=2.0), purge(3.0))), script)
    moves = scene.report()["valves"]["TMA.valve"]
    assert moves[1][0] - moves[0][0] < 0.5
    assert cycles(scene) == [1, 1, 2], "the broken cycle is done again"
    first, *others = (scene.book.pulses[n] for n in (1, 2, 3))
    assert first.commanded_open != first.commanded_open, "how it went is not known"
    assert all(pulse.area > 0.0 for pulse in others)
    assert scene.run.doses.count == scene.openings("TMA") == 3


def test_a_restart_begins_with_the_first_half_of_the_cycle() -> None:
    cycle = (dose("TMA"), purge(21.0), dose("H2O", 0.03), purge(21.0))

    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.doses.given[-1:] and scene.run.doses.given[-1].source == "H2O")
        await hold_and_restart(scene)

    scene = play(plan(repeat(2, dose(), purge(3.0), name="cover"), repeat(2, *cycle, layer="Al2O3")), script)
    order = [p.intent.source for _, p in sorted(scene.book.pulses.items())]
    assert order == ["TMA", "TMA", "TMA", "H2O", "TMA", "H2O", "TMA", "H2O"]
    assert scene.run.state is S.COMPLETE


def test_a_restart_finds_its_place_in_nested_blocks() -> None:
    inner = repeat(2, dose(), purge(1.0), name="inner")
    whole = repeat(2, inner, repeat(1, dose(width=0.02), purge(1.0), name="cap"), name="outer")

    async def script(scene: Scene) -> None:
        await scene.doses(5)
        await hold_and_restart(scene)

    scene = play(plan(whole), script)
    steps = [p.intent.step.partition(".")[0] for _, p in sorted(scene.book.pulses.items())]
    assert steps == ["inner[1]", "inner[2]", "cap[1]", "inner[1]", "inner[2]", "inner[2]", "cap[1]"]


def test_a_layer_that_is_held_begins_and_counts_only_once() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(2)
        await hold_and_restart(scene)
        await scene.doses(4)
        await hold_and_restart(scene)

    scene = play(plan(repeat(3, dose(), purge(1.0), layer="TMA")), script)
    assert scene.run.state is S.COMPLETE
    (layer,) = scene.run.sequencer.layers._layers  # type: ignore[attr-defined]
    assert (layer.name, layer.cycles) == ("TMA", 3)
    assert len(scene.book.pulses) == 5


def test_what_a_hold_changed_is_as_it_was_when_the_cycle_began() -> None:
    """A static exposure: the pump valve is shut within the cycle, but not where the cycle begins."""
    exposure = repeat(
        2, dose(), Set(output="pump.valve", value=0.0), Wait(until="chamber.pressure > 200 Pa", within=60.0),
        Set(output="pump.valve", value=1.0), purge(2.0),
    )  # fmt: skip
    seen: list[float] = []

    async def script(scene: Scene) -> None:
        await scene.step("wait")
        await scene.until(lambda: scene.truth("pump.valve") == 0.0, within=1.0)
        await hold(scene)
        assert scene.truth("pump.valve", 0.1) == 1.0, "a held chamber is pumped"
        scene.ask(V.RESTART)
        await scene.doses(2)
        seen.append(scene.truth("pump.valve"))

    assert play(plan(exposure), script).run.state is S.COMPLETE
    assert seen == [1.0]


def test_outside_of_a_cycle_the_flows_come_back_before_the_step_goes_on() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        await hold(scene)
        assert scene.truth("carrier.flow_setpoint") == SAFE_TRUTH["carrier.flow_setpoint"], "purged while held"
        scene.ask(V.RESTART)
        await scene.state(S.RUNNING)
        assert scene.truth("carrier.flow_setpoint") == scene.truth("carrier.valve", 0.1) == 0.0

    play(plan(Flow(flows={"carrier": 0.0}), Stabilise(duration=8.0, tolerance=5.0)), script)


def test_a_recipe_s_own_flow_is_kept_while_held() -> None:
    wanted = to_si(50.0, sccm)

    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        await hold(scene)
        assert scene.truth("carrier.flow_setpoint") == pytest.approx(wanted)
        scene.ask(V.RESTART)

    play(plan(Flow(flows={"carrier": wanted}), Stabilise(duration=5.0, tolerance=5.0)), script)


def test_a_held_leak_check_is_pumped_and_done_again() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: "rate of rise" in scene.run.rig.waiting_for)
        assert scene.truth("pump.valve") == 0.0
        await hold(scene)
        assert scene.truth("pump.valve") == scene.truth("carrier.valve", 0.1) == 1.0
        scene.ask(V.RESTART)

    steps = Pump(to=2.0, within=MINUTE), LeakCheck(duration=2 * MINUTE)
    scene = play(plan(*steps), script, hot=to_si(21.0, degC))
    assert scene.run.state is S.COMPLETE
    assert [e.text for e in scene.kind(Kind.STEP)].count("leak_check") == 2


def test_a_hold_while_pumping_softly_does_not_open_the_main_valve() -> None:
    """Thin foil flies."""

    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("pump.soft_valve") == 1.0)
        assert scene.truth("pump.valve") == 0.0
        await hold(scene)
        await scene.clock.sleep(1.0)
        assert scene.truth("chamber.true_pressure") > scene.reactor.pump.soft_until
        assert (scene.truth("pump.valve"), scene.truth("pump.soft_valve")) == (0.0, 1.0)
        scene.ask(V.ABORT)

    # the chamber is filled first: the safe state, in which a run begins, pumps
    fill = PumpPurge(cycles=1, high=5000.0, low=100.0, within=10 * MINUTE)
    play(plan(fill), script)


def test_a_hold_while_heating_keeps_the_heat() -> None:
    target = HOT + 10.0

    async def script(scene: Scene) -> None:
        await scene.step("heat")
        await scene.clock.sleep(5.0)
        await hold(scene)
        assert scene.run.rig.value("stage.setpoint") == pytest.approx(target, abs=0.1)
        assert scene.truth("stage.power", 1.0) > 0.0
        scene.ask(V.RESTART)

    step = Heat(targets={"stage": target}, rate=1.0 / 6.0, tolerance=2.0, timeout=20 * MINUTE)
    assert play(plan(step), script).run.state is S.COMPLETE


def primed(count: int = 2) -> Block:
    return repeat(1, repeat(count, dose(), purge(1.0), name="nucleation"), name="prime")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long hold is one of 20 s."""
    monkeypatch.setattr(vapordep.engine.course, "PRIME_AGAIN_AFTER", LONG)


@pytest.mark.parametrize(("held_for", "primes"), [(LONG - 10.0, 2), (LONG + 1.0, 4)])
def test_after_a_long_hold_the_substrate_is_primed_again(held_for: float, primes: int) -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(3)
        await hold(scene)
        await scene.clock.sleep(held_for)
        scene.ask(V.RESTART)

    scene = play(plan(primed(), repeat(1, dose(), purge(1.0)), prime=primed()), script)
    assert scene.run.state is S.COMPLETE
    assert sum("nucleation" in pulse.intent.step for pulse in scene.book.pulses.values()) == primes


def test_a_long_hold_before_the_first_dose_needs_no_prime() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        await hold(scene)
        await scene.clock.sleep(LONG + 1.0)
        scene.ask(V.RESTART)

    scene = play(plan(Stabilise(duration=5.0, tolerance=90.0), primed(), prime=primed()), script)
    assert scene.run.doses.count == 2


def test_a_prime_that_is_held_is_still_due_after_a_short_hold() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(3)
        await hold(scene)
        await scene.clock.sleep(LONG + 1.0)
        scene.ask(V.RESTART)
        await scene.doses(4)
        await hold_and_restart(scene)

    scene = play(plan(primed(), repeat(2, dose(), purge(1.0)), prime=primed()), script)
    steps = [p.intent.step.partition(".")[0] for _, p in sorted(scene.book.pulses.items())]
    before, again = ["nucleation[1]", "nucleation[2]", "main[1]"], "nucleation[1]"
    assert steps == [*before, again, *before, "main[2]"]


def test_held_too_long_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vapordep.engine.course, "LONGEST_HOLD", 30.0)

    async def script(scene: Scene) -> None:
        await scene.step("purge")
        await hold(scene)

    scene = play(plan(purge(5.0)), script)
    assert scene.run.state is S.ABORTED
    assert "HELD for 30 s: the script" in scene.run.reason


def test_held_for_hours_argon_flows_sources_stay_shut_and_eight_are_too_many() -> None:
    seen: list[tuple[bool, ...]] = []

    async def script(scene: Scene) -> None:
        await scene.doses(1)
        await hold(scene)
        assert scene.reactor.lines[scene.reactor.purge_line].gas == "argon"
        began = scene.clock.now()
        while scene.clock.now() < began + 7.9 * HOUR:
            await scene.clock.sleep(HOUR / 10.0)
            shut = {point: scene.truth(point, 0.1) for point in SHUT} == SHUT
            purged = scene.truth("pump.valve") == scene.truth("carrier.valve") == 1.0
            flows = scene.truth("carrier.flow_setpoint") == pytest.approx(to_si(20.0, sccm))
            seen.append((scene.run.state is S.HELD, shut, purged, flows))

    scene = play(plan(repeat(2, dose(), purge(3.0))), script, wire=False, within=9.0 * HOUR)
    assert set(seen) == {(True, True, True, True)}
    assert scene.run.state is S.ABORTED
    assert "HELD for 8 h" in scene.run.reason


def test_unattended_a_hold_becomes_an_abort_that_tells_its_cause() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("wait")

    scene = play(plan(Wait(until="chamber.pressure > 10 kPa", within=3.0)), script, attended=False)
    assert scene.states == [S.RUNNING, S.HOLDING, S.HELD, S.ABORTING, S.ABORTED]
    assert "nobody attends" in scene.run.reason
    assert "chamber.pressure > 10 kPa did not come true within 3 s" in scene.run.reason


def test_finally_can_be_held_restarted_and_its_purge_begins_again() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        await scene.clock.sleep(3.0)
        await hold_and_restart(scene)

    scene = play(plan(last=(purge(5.0),)), script)
    assert scene.run.state is S.COMPLETE
    assert [e.text for e in scene.kind(Kind.STEP)].count("purge 5 s") == 2


def test_stopped_while_finally_is_held_it_goes_on_with_it() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        await hold(scene)
        scene.ask(V.STOP)

    scene = play(plan(last=(purge(5.0), Set(output="carrier.flow_setpoint", value=to_si(30.0, sccm)))), script)
    assert scene.run.state is S.STOPPED
    assert "set" in [e.text for e in scene.kind(Kind.STEP)]
