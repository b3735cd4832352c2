"""What a bubbler lets flow steadily: its carrier and what that takes along, while its valve is open."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.safety.rig import reactor, source
from vapordep.model.batches import Batch, Sample
from vapordep.model.chamber import GasLine
from vapordep.model.columns import Columns
from vapordep.model.deliveries import Bubbler
from vapordep.model.sources import BUBBLER, SourceLine
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors.flows import Flows
from vapordep.safety.vapour import vapour_ratio
from vapordep.units import Pa, degC, sccm, state

STEADY = replace(
    source("TBPO", "TBPO"), delivery=BUBBLER, bubbler=Bubbler("push", 2e4), shortest_pulse=float("inf"), zone="TBPO"
)
TAGS = {
    tag.name: tag
    for tag in (
        Tag("chamber.pressure", Pa, stale_after=1.0),
        Tag("push.flow", sccm, stale_after=1.0),
        Tag("TBPO.temperature", degC, stale_after=1.0),
        Tag("TBPO.valve", state, stale_after=1.0),
    )
}
FLOW = 2e-6


def flows(line: SourceLine) -> Flows:
    plain = reactor()
    return Flows(replace(plain, sources={"TBPO": line}, lines={"push": GasLine("push", "argon")}), TAGS)


def both(line: SourceLine, values: dict[str, float]) -> dict[str, float] | None:
    """What is told at an instant, which must be what is told over a stretch."""
    told = flows(line)
    found = told.all({name: Sample(10.0, value, Quality.GOOD) for name, value in values.items()}, 10.0)
    batches = {name: Batch.of(name, [10.0], [value]) for name, value in values.items()}
    known, over = told.all_over(Columns({}, batches.values()), np.array([10.0]))
    assert bool(known[0]) is (found is not None)
    if found is not None:
        assert {name: flow.item(0) for name, flow in over.items()} == found
    return found


def test_an_open_one_gives_its_carrier_and_what_that_takes_along() -> None:
    shown = {"push.flow": FLOW, "TBPO.valve": 1.0, "TBPO.temperature": 298.15}
    found = both(STEADY, shown)
    assert found == {"push": FLOW, "TBPO": pytest.approx(FLOW * vapour_ratio(STEADY, 298.15))}
    colder = both(STEADY, {**shown, "TBPO.temperature": 283.15})
    assert colder is not None
    assert colder["TBPO"] == pytest.approx(FLOW * vapour_ratio(STEADY, 283.15))
    assert both(STEADY, {**shown, "push.flow": -1e-9}) == {"push": 0.0, "TBPO": 0.0}, "a controller below its zero"


def test_behind_a_shut_valve_nothing_comes() -> None:
    assert both(STEADY, {"push.flow": FLOW, "TBPO.valve": 0.0, "TBPO.temperature": 298.15}) == {
        "push": 0.0,
        "TBPO": 0.0,
    }


def test_what_is_not_known_is_not_told() -> None:
    assert both(STEADY, {"push.flow": FLOW, "TBPO.valve": 1.0}) is None, "how warm the bottle is"
    assert both(STEADY, {"push.flow": FLOW, "TBPO.temperature": 298.15}) is None, "whether it is open"
    assert both(STEADY, {"TBPO.valve": 1.0, "TBPO.temperature": 298.15}) is None, "what flows through it"


def test_a_bottle_that_nothing_warms_is_as_warm_as_its_file_says() -> None:
    alone = replace(STEADY, zone="")
    found = both(alone, {"push.flow": FLOW, "TBPO.valve": 1.0})
    assert found is not None
    assert found["TBPO"] == pytest.approx(FLOW * vapour_ratio(alone, alone.temperature))
