"""What the check accepts never harms: no foil above its trip, no incompatible sources together, no bare lithium."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.recipes.dry import REACTOR
from tests.scenarios.rigs import play
from vapordep.chemistry import substrate
from vapordep.model.events import Kind
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor, tag_table
from vapordep.recipe import examine, read_recipe
from vapordep.safety.substances import foil_trip
from vapordep.units import degC, to_si

READ = read_reactor(REACTOR)
TRIP = foil_trip(READ, substrate("lithium"), tag_table(READ)).trip
HOT = 130.0
"""Where every recipe starts, in degC: near enough to the limits to reach them in a short time."""
ZONES = {"stage": 130.0, "walls": 130.0, "lines": 95.0, "EG": 80.0}
BEGIN = """\
recipe: 1
name: any
process: MLD
substrate: lithium
parameters:
  cycles: {default: 2, low: 1, high: 5}
prime:
  - dose: {source: TMA, pulse: 50 ms}
  - purge: {for: 20 s}
steps:
  - pump: {to: 1 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 130 degC, walls: 130 degC, lines: 95 degC, EG: 80 degC, rate: 5 K/min}
  - purge: {for: 15 s}
"""

just = st.sampled_from([18.9, 18.93, 18.955, 18.96, 18.99])
purges = st.one_of(st.floats(18.97, 30.0), st.floats(18.97, 30.0), just, st.floats(0.05, 20.0))
timed = purges.map(lambda time: f"- purge: {{for: {time:.3f} s}}")
cleared = st.just("- purge: {until: cleared, max: 60 s, otherwise: continue}")
purge = st.one_of(timed, timed, timed, timed, cleared)
widths = st.one_of(st.just(50), st.just(50), st.sampled_from([14, 15, 16]), st.integers(15, 400))
dose = st.builds("- dose: {{source: {}, pulse: {} ms}}".format, st.sampled_from(["TMA", "TMA", "H2O", "EG"]), widths)
pair = st.builds("{}\n{}".format, dose, purge)
prime = st.just("- prime")
hotter = st.builds(
    "- heat: {{stage: {0:.1f} degC, walls: {0:.1f} degC, rate: {1} K/min}}".format,
    st.floats(HOT - 1.0, 145.0),
    st.sampled_from([4, 5, 5, 5, 6]),
)
at_once = st.builds(
    "- set: {{output: {}.setpoint, value: {:.1f} degC}}".format,
    st.sampled_from(["stage", "walls"]),
    st.floats(HOT, 145.0),
)
ramp = st.builds(
    "- ramp: {{output: stage.setpoint, to: {:.1f} degC, over: {} s}}".format,
    st.floats(HOT, 145.0),
    st.integers(60, 200),
)
cooler = st.sampled_from(["EG: 76", "EG: 60", "lines: 91", "lines: 80", "stage: 126 degC, walls: 126"]).map(
    "- cool: {{{} degC, within: 1 h}}".format
)


def repeated(count: int | str, steps: list[str]) -> str:
    """A loop around steps, of which each may have several lines."""
    return f"- repeat: {count}\n  steps:\n" + "\n".join("    " + x for step in steps for x in step.split("\n"))


counts = st.sampled_from([1, 2, "$cycles"])
loop = st.builds(repeated, counts, st.lists(pair, min_size=1, max_size=2))
nested = st.builds(repeated, st.integers(1, 2), st.lists(st.one_of(pair, loop), min_size=1, max_size=2))
flow = st.sampled_from([0, 4, 10, 20, 20, 40]).map(lambda sccm: f"- flow: {{carrier: {sccm} sccm}}")
by_hand = st.sampled_from(
    ["valve, value: closed", "valve, value: open", *[f"flow_setpoint, value: {n} sccm" for n in (0, 20)]]
)
gas = by_hand.map("- set: {{output: carrier.{}}}".format)
anything = st.lists(
    st.one_of(pair, pair, loop, nested, purge, hotter, at_once, ramp, cooler, flow, gas), min_size=1, max_size=4
)
recipes = st.one_of(anything, st.builds(lambda first, steps: [first, *steps], prime, anything))


def never_harms(steps: list[str]) -> None:
    text = BEGIN + "".join(f"  {line}\n" for step in steps for line in step.split("\n"))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "any.yaml"
        file.write_text(text, encoding="utf-8")
        assume(examine(file, READ).ok)
        plan = read_recipe(file, READ).plan
    hot = {zone: to_si(value, degC) for zone, value in ZONES.items()}
    scene = play(plan, hot=hot, within=7200.0, wire=False, attended=False, check=False)
    truth = scene.report()
    assert truth["foil_temperature_max"] < TRIP
    assert truth["overlap"] == 0.0
    assert truth["bare_attack"]["water"] < 5.0, "of a dose of 67 Pa s, what 5 % bare lithium may see"
    assert (scene.run.state, scene.kind(Kind.TRIP)) == (RunState.COMPLETE, []), scene.run.reason


def tried(examples: int) -> settings:
    slow = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    phases = (Phase.explicit, Phase.reuse, Phase.generate)  # a dry run is too slow to shrink by
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow, phases=phases)


@pytest.mark.parametrize("part", range(4))  # 200 in all, and every core takes some
@pytest.mark.timeout(900)
@tried(50)
@given(steps=recipes)
def test_what_the_check_accepts_never_harms(part: int, steps: list[str]) -> None:
    never_harms(steps)


@pytest.mark.many
@pytest.mark.parametrize("part", range(20))
@pytest.mark.timeout(9000)
@tried(100)
@given(steps=recipes)
def test_what_the_check_accepts_never_harms_many(part: int, steps: list[str]) -> None:
    never_harms(steps)
