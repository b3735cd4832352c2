"""What the check accepts never harms: no foil above its trip, no incompatible sources together, no bare lithium."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.recipes.dry import REACTOR, dry
from vapordep.chemistry import substrate
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor, tag_table
from vapordep.recipe import examine
from vapordep.safety.substances import foil_trip
from vapordep.units import degC, to_si

READ = read_reactor(REACTOR)
TRIP = foil_trip(READ, substrate("lithium"), tag_table(READ)).trip
HOT = 130.0
"""Where every recipe starts, in degC: near enough to the limits to reach them in a short time."""
BEGIN = """\
recipe: 1
name: any
process: ALD
substrate: lithium
steps:
  - pump: {to: 1 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 130 degC, walls: 130 degC, rate: 5 K/min}
  - purge: {for: 15 s}
"""

just = st.sampled_from([18.9, 18.93, 18.955, 18.96, 18.99])
purges = st.one_of(st.floats(18.97, 30.0), st.floats(18.97, 30.0), just, st.floats(0.05, 20.0))
purge = purges.map(lambda time: f"- purge: {{for: {time:.3f} s}}")
widths = st.one_of(st.just(50), st.just(50), st.sampled_from([14, 15, 16]), st.integers(15, 400))
dose = st.builds("- dose: {{source: {}, pulse: {} ms}}".format, st.sampled_from(["TMA", "H2O"]), widths)
pair = st.builds("{}\n{}".format, dose, purge)
prime = st.just("- dose: {source: TMA, pulse: 50 ms}\n- purge: {for: 20 s}")
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
loop = st.builds(
    lambda count, steps: f"- repeat: {count}\n  steps:\n" + "\n".join("    " + x for s in steps for x in s.split("\n")),
    st.integers(1, 3),
    st.lists(pair, min_size=1, max_size=3),
)
flow = st.sampled_from([0, 4, 10, 20, 20, 40]).map(lambda sccm: f"- flow: {{carrier: {sccm} sccm}}")
anything = st.lists(st.one_of(pair, pair, loop, purge, hotter, at_once, ramp, flow), min_size=2, max_size=6)
recipes = st.one_of(anything, st.builds(lambda first, steps: [first, *steps], prime, anything))


def never_harms(steps: list[str]) -> None:
    text = BEGIN + "".join(f"  {line}\n" for step in steps for line in step.split("\n"))
    with TemporaryDirectory() as folder:
        recipe = Path(folder) / "any.yaml"
        recipe.write_text(text, encoding="utf-8")
        assume(examine(recipe, READ).ok)
        report, truth = dry(recipe, Path(folder) / "history", {}, to_si(HOT, degC))
    assert truth["foil_temperature_max"] < TRIP
    assert truth["overlap"] == 0.0
    assert truth["bare_attack"]["water"] < 5.0, "of a dose of 67 Pa s, what 5 % bare lithium may see"
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason


def tried(examples: int) -> settings:
    slow = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    phases = (Phase.explicit, Phase.reuse, Phase.generate)  # a dry run is too slow to shrink by
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow, phases=phases)


@pytest.mark.timeout(600)
@tried(20)
@given(recipes)
def test_what_the_check_accepts_never_harms(steps: list[str]) -> None:
    never_harms(steps)


@pytest.mark.many
@pytest.mark.timeout(3600)
@tried(200)
@given(recipes)
def test_what_the_check_accepts_never_harms_many(steps: list[str]) -> None:
    never_harms(steps)
