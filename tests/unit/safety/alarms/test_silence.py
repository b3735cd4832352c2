"""What an alarm says of a trip that acted because nothing could be judged, beside one that measured something wrong."""

import math

from tests.unit.safety.rig import OPEN, Rig, on_rig
from vapordep.model.batches import Sample
from vapordep.model.events import Kind
from vapordep.model.instruments import Cell
from vapordep.model.interlocks import InterlockRule
from vapordep.model.tags import Quality, Tag
from vapordep.safety.alarms.silence import Silence, Silent
from vapordep.safety.conditions import Truth
from vapordep.safety.interlocks.compiled import Trip, Unmet
from vapordep.units import Pa, degC, to_si


async def told(rig: Rig, id: str) -> str:
    """The trip as it is logged, once all is safe."""
    await rig.clock.sleep(0.5)
    [text] = [event.text for event in rig.events if event.kind is Kind.TRIP and event.data["id"] == id]
    return text


def test_an_instrument_of_which_nothing_comes_is_named() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        for _ in range(25):
            await rig.clock.sleep(0.1)
            rig.say(stage__temperature=370.0, stage__setpoint=273.15, chamber__pressure=97.0, carrier__flow=1.5e-5)
            rig.hub.tick(rig.clock.now())
        text = await told(rig, "C1")
        assert "C1 cannot be judged" in text
        assert "TMA.valve, H2O.valve and EG.valve, for nothing comes from valves" in text
        assert text.endswith("Check cable and power of valves")
        assert "two valves were open" not in text

    on_rig(main)


def test_one_sensor_of_an_instrument_that_answers_is_told_as_that() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        for _ in range(2):
            await rig.clock.sleep(0.1)
            rig.say(quality=Quality.BAD, stage__temperature=math.nan)
            rig.say(stage__setpoint=273.15)
        text = await told(rig, "T1")
        assert "no valid value of stage.temperature" in text, "not of foil.maximum, which nobody can look at"
        assert text.endswith("Check cable and power of heater, and the sensor")

    on_rig(main)


def test_what_was_measured_wrong_keeps_the_remedy_of_its_rule() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["valves"].registers.update(valve0=OPEN, valve1=OPEN)
        rig.say_all(TMA__valve=OPEN, H2O__valve=OPEN, stage__temperature=to_si(100.0, degC))
        text = await told(rig, "C1")
        assert "react" in text
        assert text.endswith("find out why two valves were open")

    on_rig(main)


def test_what_cannot_be_told_while_every_value_is_there_is_no_silence() -> None:
    """As of a surface that no dose has covered yet: nothing is known, and no instrument is to blame."""
    tags = {"a.p": Tag("a.p", Pa, stale_after=1.0), "a.q": Tag("a.q", Pa, stale_after=1.0)}
    silence = Silence({Cell("a", "p"): "a.p", Cell("a", "q"): "a.q", Cell("b", "r"): "b.r"}, tags, ())
    rule = InterlockRule("X", ("a.p < 5 Pa",), "p")
    here = {"a.p": Sample(0.0, 1.0, Quality.GOOD), "a.q": Sample(0.0, 1.0, Quality.GOOD)}

    def behind(truth: Truth, at: float, term: str = "a.p < 5 Pa") -> Silent | None:
        return silence.behind(Trip(rule, at, (Unmet(term, truth, "text"),)), here)

    assert behind(Truth.UNKNOWN, 0.5) is None
    assert behind(Truth.UNKNOWN, 0.5, "nobody.knows") is None
    assert behind(Truth.FALSE, 2.0) is None, "something is known to be wrong"
    assert behind(Truth.UNKNOWN, 2.0) == Silent(("a.p",), ("a",), True)
    here["a.q"] = Sample(1.5, 1.0, Quality.GOOD)
    assert behind(Truth.UNKNOWN, 2.0) == Silent(("a.p",), ("a",), False)


def test_beside_something_known_to_be_wrong_silence_is_not_to_blame() -> None:
    silence = Silence({Cell("a", "p"): "a.p"}, {"a.p": Tag("a.p", Pa, stale_after=1.0)}, ())
    unmet = (Unmet("a.p < 5 Pa", Truth.UNKNOWN, ""), Unmet("a.q < 5 Pa", Truth.FALSE, ""))
    assert silence.behind(Trip(InterlockRule("X", ("a.p < 5 Pa", "a.q < 5 Pa"), "p"), 2.0, unmet), {}) is None
