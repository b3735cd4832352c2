"""A gradient of whole cycles: near what is wanted, as deep as it should be, with its error told."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.reactor.files import REACTOR, written
from vapordep.errors import InputError
from vapordep.model.plan import Block
from vapordep.model.steps import Dose
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe
from vapordep.recipe.gradients.gradient import supercycles, wanted

NM = 1e-9
GROWTH = (0.141 * NM, 0.163 * NM)
FALLING = ((0.0, 1.0), (7.5 * NM, 0.2))


def test_a_falling_share_is_met_to_half_a_cycle() -> None:
    found = supercycles(FALLING, GROWTH, 5)
    assert [cycle.first for cycle in found] == [5, 4, 4, 4, 3, 3, 2, 2, 2, 1]
    assert {cycle.first + cycle.second for cycle in found} == {5}
    assert found[-1].end == pytest.approx(7.5 * NM, abs=0.4 * NM)
    assert max(abs(cycle.error) for cycle in found) <= 0.1


def test_more_sub_cycles_make_a_smaller_error() -> None:
    errors = [max(abs(cycle.error) for cycle in supercycles(FALLING, GROWTH, n)) for n in (2, 5, 20)]
    assert errors[0] > errors[1] > errors[2]


def test_steps_are_steps() -> None:
    found = supercycles(((0.0, 1.0), (3.0 * NM, 1.0), (3.001 * NM, 0.0), (6.0 * NM, 0.0)), (0.1 * NM, 0.1 * NM), 10)
    assert [(cycle.first, cycle.second) for cycle in found] == [(10, 0)] * 3 + [(0, 10)] * 3


shares = st.floats(0.0, 1.0)
profiles = st.tuples(shares, st.lists(st.tuples(st.floats(0.5, 20.0), shares), min_size=1, max_size=4))


@given(profiles, st.floats(0.2, 0.5), st.floats(0.2, 0.5), st.integers(1, 30))
def test_every_supercycle_is_the_nearest_whole_one(
    drawn: tuple[float, list[tuple[float, float]]], first: float, second: float, sub_cycles: int
) -> None:
    profile, depth = [(0.0, drawn[0])], 0.0
    for further, share in drawn[1]:
        depth += further * NM
        profile.append((depth, share))
    found = supercycles(profile, (first * NM, second * NM), sub_cycles)
    assert [before.end for before in found[:-1]] == [after.begin for after in found[1:]]
    for cycle in found:
        assert abs(cycle.error) <= 0.5 / sub_cycles + 1e-9
        grown = cycle.first * first * NM + cycle.second * second * NM
        assert cycle.end - cycle.begin == pytest.approx(grown)
    longest = sub_cycles * max(first, second) * NM
    assert abs(found[-1].end - depth) <= longest
    assert all(before.begin < after.begin for before, after in pairwise(found))
    assert wanted(profile, 2.0 * depth) == profile[-1][1]


@pytest.mark.parametrize(
    ("profile", "growth", "sub_cycles", "words"),
    [
        (((0.0, 1.0),), GROWTH, 5, "begin at 0 and rise"),
        (((1.0 * NM, 1.0), (2.0 * NM, 0.0)), GROWTH, 5, "begin at 0 and rise"),
        (((0.0, 1.0), (0.0, 0.0)), GROWTH, 5, "begin at 0 and rise"),
        (((0.0, 1.0), (float("nan"), 0.0)), GROWTH, 5, "begin at 0 and rise"),
        (((0.0, 1.2), (1.0 * NM, 0.0)), GROWTH, 5, "between 0 and 1"),
        (FALLING, (0.0, 0.1 * NM), 5, "must grow"),
        (FALLING, (float("nan"), 0.1 * NM), 5, "must grow"),
        (FALLING, GROWTH, 0, "no supercycle"),
        (((0.0, 1.0), (1e-6, 0.0)), GROWTH, 1, "more than 500"),
    ],
)
def test_what_is_no_gradient_is_refused(profile: object, growth: object, sub_cycles: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        supercycles(profile, growth, sub_cycles)  # type: ignore[arg-type]
    assert caught.value.remedy


def test_what_it_prints_is_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from vapordep.cli.recipes.gradient import gradient

    gradient("zincone", "alucone", "0 nm: 100 %, 7.5 nm: 20 %", "120 degC", 5, as_json=False)
    told = capsys.readouterr().out
    assert "at most 9.0 points" in told
    loop = told[told.index("- repeat:") :]
    for source in ("TMA", "H2O"):  # whatever is dosed
        loop = loop.replace("[...]", f"[{{dose: {{source: {source}, pulse: 50 ms}}}}, {{purge: {{for: 60 s}}}}]", 1)
    heat = "- heat: {stage: 120 degC, walls: 120 degC, rate: 5 K/min}\n"
    plan = read_recipe(written(tmp_path, heat + loop), read_reactor(REACTOR)).plan
    assert isinstance(plan.steps[-1], Block)
    assert plan.steps[-1].cycles == 10
    given = {source: sum(n for step, n in plan.leaves() if isinstance(step, Dose) and step.source == source)
             for source in ("TMA", "H2O")}  # fmt: skip
    assert given == {"TMA": 30, "H2O": 20}
