"""Test pulses between runs: a hand valve that is open, one that is shut, and what stands against a pulse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.scenarios.rigs import glovebox
from tests.scenarios.test_engine import Served, served
from vapordep.app.proving import judged, told
from vapordep.engine.trace import Trace
from vapordep.errors import CommandRefused, InputError, RunError
from vapordep.link.orders import CommandOutput, ProveHandValve
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.hand_valves import HandValve, Shown
from vapordep.model.reactor import Reactor
from vapordep.model.run import RunState


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
        said = [event for event in served.events if "test pulse" in event.text and event.kind is Kind.COMMAND]
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
