"""Test pulses between runs: a hand valve that is open, one that is shut, and what stands against a pulse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.scenarios.rigs import glovebox
from tests.scenarios.test_engine import Served, served
from vapordep.app.served.proving import AHEAD, judged, told
from vapordep.engine.trace import Trace
from vapordep.errors import CommandRefused, InputError, RunError
from vapordep.history.bottles import file_of, install, shelf
from vapordep.link.orders import CommandOutput, ProveHandValve
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.hand_valves import HandValve, Shown
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunState


def with_shut(*sources: str) -> Reactor:
    """The glovebox with the hand valves of these shut."""
    whole = glovebox()
    return replace(whole, simulation=replace(whole.simulation, shut=sources))


async def ready(served: Served) -> None:
    await served.engine.arm("Ada", "silicon")
    await served.engine.command(CommandOutput("carrier.valve", 1.0, "Ada"))
    await served.clock.sleep(30.0)


async def proven(served: Served, source: str, width: float = 0.0) -> HandValve:
    return await served.engine.prove(ProveHandValve(source, "Ada", width))


@pytest.mark.parametrize("width", [0.0, 0.015])
def test_a_rise_proves_the_hand_valve_open_and_a_shut_one_is_told_with_what_to_look_at(
    tmp_path: Path, width: float
) -> None:
    async def scene(served: Served) -> None:
        await ready(served)
        found = await proven(served, "TMA", width)
        assert found.shown is Shown.OPEN
        await served.clock.sleep(300.0)
        missing = await proven(served, "H2O", width)
        assert missing.shown is Shown.NO_RISE
        assert served.engine.proving.found == {"TMA": found, "H2O": missing}
        assert served.engine.connection.core.hub.latest["TMA.valve"].value == 0.0
        ordered = [event for event in served.events if "due_s" in event.data]
        assert [event.data["source"] for event in ordered] == ["TMA", "H2O"]
        assert ordered[0].time + AHEAD == ordered[0].data["due_s"]
        said = [event for event in served.events if "hand_valve" in event.data and event.kind is Kind.COMMAND]
        assert [event.data["hand_valve"] for event in said] == ["open", "no rise"]
        assert "its hand valve is open" in said[0].text
        assert "hand valve open, and whether H2O.valve moves" in said[1].text

    served(tmp_path, scene, reactor=with_shut("H2O"), substance="silicon")


def test_the_interlocks_judge_a_test_pulse_as_any_dose(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        with pytest.raises(CommandRefused) as refused:
            await proven(served, "TMA")
        assert "ARM" in str(refused.value)
        await served.engine.arm("Ada")
        with pytest.raises(RunError, match="pressure changes by"):
            await proven(served, "TMA")
        await served.clock.sleep(60.0)
        with pytest.raises(CommandRefused) as refused:
            await proven(served, "H2O")
        assert refused.value.interlocks == ("C3",), "water on bare lithium"
        assert served.engine.proving.found == {}
        for source, width in (("none", 0.0), ("TMA", 0.01), ("TMA", 2.0), ("TMA", float("nan"))):
            with pytest.raises(InputError):
                await proven(served, source, width)

    served(tmp_path, scene)


def test_no_test_pulse_during_a_run_and_a_run_waits_for_one(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.engine.arm("Ada")
        await served.clock.sleep(60.0)
        pulse = served.clock.loop.create_task(proven(served, "TMA"))
        await served.clock.sleep(1.0)
        assert not pulse.done()
        await served.start()
        assert (await pulse).shown is Shown.OPEN
        await served.until(RunState.RUNNING)
        with pytest.raises(RunError, match="a run is under way"):
            await proven(served, "TMA")
        await served.ended()

    served(tmp_path, scene)


def taken(served: Served) -> float:
    """What TMA has given so far, mol, by ground truth."""
    used = served.simulated.world.truth(served.clock.now())["precursor_use"]
    assert isinstance(used, dict)
    return float(used["TMA"])


def test_what_a_test_pulse_took_is_subtracted_from_the_bottle_of_a_real_reactor(tmp_path: Path) -> None:
    """Half of the width takes half as much; a shut hand valve and a simulated reactor take nothing."""
    history = tmp_path / "history"

    def used(source: str) -> float:
        bottle = shelf(history, glovebox().name).at(source)
        assert bottle is not None
        return bottle.used

    async def scene(served: Served) -> None:
        for source in ("TMA", "H2O"):
            install(history, glovebox(), source, 0.025, "Ada")
        await ready(served)
        await proven(served, "TMA")
        assert used("TMA") == 0.0, "a simulated reactor takes nothing of what stands at the real one"
        surroundings = served.engine._surroundings
        served.engine._surroundings = replace(surroundings, mode=Mode.RUN)
        await served.clock.sleep(300.0)
        await proven(served, "H2O")
        assert used("H2O") == 0.0, "nothing came"
        await served.clock.sleep(300.0)
        before = taken(served)
        await proven(served, "TMA")
        whole = used("TMA")
        assert whole == pytest.approx(taken(served) - before, rel=0.1), "as much as the plant gave"
        await proven(served, "TMA", 0.025)
        assert used("TMA") == pytest.approx(1.5 * whole, rel=0.05)

    served(tmp_path, scene, reactor=with_shut("H2O"), substance="silicon")


def test_a_record_of_bottles_that_cannot_be_written_is_told_and_the_finding_kept(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        install(tmp_path / "history", glovebox(), "TMA", 0.025, "Ada")
        await ready(served)
        served.engine._surroundings = replace(served.engine._surroundings, mode=Mode.RUN)
        file = file_of(tmp_path / "history", glovebox().name)
        file.unlink()
        file.mkdir()
        assert (await proven(served, "TMA")).shown is Shown.OPEN
        assert any("is not subtracted from its bottle" in event.text for event in served.events)

    served(tmp_path, scene, substance="silicon")


def trace(rise: "np.typing.ArrayLike", noise: float = 0.05) -> Trace:
    """A gauge at 10 Hz from 10 s before the opening at 0 to 10 s after it, at 100 Pa."""
    times = np.arange(-10.0, 10.0, 0.1)
    values = 100.0 + noise * np.random.default_rng(1).standard_normal(len(times)) + rise
    made = Trace("chamber.pressure")
    made.take([Batch.of("chamber.pressure", times, values)])
    return made


def test_only_a_prompt_rise_that_goes_away_again_proves_anything() -> None:
    times = np.arange(-10.0, 10.0, 0.1)
    after = np.clip(times, 0.0, None)
    decay = np.where(times > 0.05, np.exp(-after / 2.0), 0.0)
    assert judged(trace(20.0 * decay), 0.0, 9.9)[0] is Shown.OPEN
    assert judged(trace(0.0 * decay), 0.0, 9.9)[0] is Shown.NO_RISE
    assert judged(trace(5.0 * decay, noise=2.0), 0.0, 9.9)[0] is Shown.NO_RISE, "within the noise"
    assert judged(trace(10.0 * (times + 10.0)), 0.0, 9.9)[0] is Shown.UNCLEAR, "it drifts"
    assert judged(trace(np.where(times > 3.0, 20.0 * np.exp(-(after - 3.0)), 0.0)), 0.0, 9.9)[0] is Shown.UNCLEAR, (
        "late"
    )
    stays = np.where(times > 0.05, 20.0, 0.0)
    assert judged(trace(stays), 0.0, 9.9)[0] is Shown.UNCLEAR, "it does not go away: the chamber fills"
    unread = judged(Trace("chamber.pressure"), 0.0, 9.9)
    assert unread[0] is Shown.UNCLEAR
    assert "gauge told nothing" in told(HandValve("TMA", unread[0], "", "Ada", 0.05, *unread[1:]), "TMA.valve")
