"""Flows out of a wanted composition: the law of the copolymer and back, legs, their error, and what is refused."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.unit.reactor.files import ROOT
from vapordep.app.twin.icvd_plant import describe_icvd
from vapordep.cli import app
from vapordep.errors import InputError
from vapordep.reactor import read_reactor
from vapordep.recipe import examine
from vapordep.recipe.gradients.flow_gradient import Pair, ways
from vapordep.safety.vapour import expected
from vapordep.units import degC, sccm, to_si
from vapordep_simulators.plant import steady_rate

C = 273.15
FALLING = [(0.0, 0.95), (120e-9, 0.15)]
ASK = ["gradient", "DMAMS", "PFDA", "-r", "icvd_copolymer", "--temperature", "40 degC"]
PROFILE = ["--profile", "0 nm: 95 %, 120 nm: 15 %"]
SHARES = st.floats(0.01, 0.99)


@given(
    share=SHARES, one=st.floats(1.0, 1e3), two=st.floats(1.0, 1e3), r1=st.floats(0.05, 20.0), r2=st.floats(0.05, 20.0)
)
def test_the_flow_for_a_film_gives_that_film(share: float, one: float, two: float, r1: float, r2: float) -> None:
    pair = Pair((one, two), (r1, r2))
    assert pair.film(pair.flow(share)) == pytest.approx(share, abs=1e-6)


def test_like_monomers_are_in_the_film_as_in_the_gas() -> None:
    assert Pair((10.0, 10.0)).film(0.3) == pytest.approx(0.3)
    assert Pair((10.0, 30.0)).film(0.5) == pytest.approx(0.75), "the one that bears less pressure adsorbs more"
    assert Pair((10.0, 10.0), (2.0, 0.5)).film(0.5) == pytest.approx((2.0 + 1.0) / (2.0 + 2.0 + 0.5))


def test_the_simulated_plant_grows_what_the_flows_are_said_to_give() -> None:
    reactor = read_reactor(ROOT / "reactors" / "icvd_copolymer.yaml")
    stage = float(to_si(40.0, degC))
    film = stage + 4.0  # the filament warms it
    names = "DMAMS", "PFDA"
    pair = Pair((expected(reactor.sources["DMAMS"])(film), expected(reactor.sources["PFDA"])(film)))
    one = float(to_si(1.0, sccm))
    rate = steady_rate(describe_icvd(reactor, "silicon"))
    for share in (0.9, 0.6, 0.3):
        flows = {"DMAMS": 1.3 * share * one, "PFDA": 1.3 * (1.0 - share) * one, "TBPO": 0.6 * one}
        grown = rate(
            pressure=20.0, sources=flows, feeds={}, zones={"walls": C + 55, **dict.fromkeys(reactor.zones, C + 100)},
            stage=stage, filament=C + 250,
        )  # fmt: skip
        told = grown.shares[reactor.sources[names[0]].substance]
        assert pair.film(share) == pytest.approx(told, abs=0.03), "what grows away is missing in the gas"


def test_legs_end_at_every_point_of_the_profile_and_follow_each_other() -> None:
    pair = Pair((40.0, 30.0))
    found = ways([(0.0, 0.9), (50e-9, 0.9), (100e-9, 0.2)], pair, 4)
    assert [way.end for way in found] == pytest.approx([25e-9, 50e-9, 75e-9, 100e-9])
    assert found[0].flows[0] == found[0].flows[1], "nothing changes in a block"
    assert found[0].error == pytest.approx(0.0, abs=1e-9)
    assert all(before.flows[1] == after.flows[0] for before, after in pairwise(found))
    odd = ways([(0.0, 0.9), (35e-9, 0.9), (100e-9, 0.2)], pair, 2)
    assert [way.end for way in odd] == pytest.approx([35e-9, 50e-9, 100e-9])


def test_more_legs_make_less_of_an_error() -> None:
    pair = Pair((40.0, 5.0))
    largest = [max(abs(way.error) for way in ways(FALLING, pair, legs)) for legs in (1, 2, 4, 8)]
    assert largest == sorted(largest, reverse=True)
    assert largest[0] > 0.05
    assert largest[-1] < 0.01


@pytest.mark.parametrize(
    ("profile", "legs"),
    [
        ([(0.0, 1.0), (1e-7, 0.2)], 4), ([(0.0, 0.5), (1e-7, 0.0)], 4), ([(0.0, 0.5)], 4),
        ([(1e-9, 0.5), (1e-7, 0.2)], 4),
        (FALLING, 0), (FALLING, 101),
    ],
)  # fmt: skip
def test_what_is_no_gradient_of_flows_is_refused(profile: list[tuple[float, float]], legs: int) -> None:
    with pytest.raises(InputError):
        ways(profile, Pair((1.0, 1.0)), legs)


def test_what_it_prints_passes_the_check_as_it_stands(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, [*ASK, *PROFILE])
    assert ended.exit_code == 0, ended.output
    steps = ended.output[ended.output.index("- vapour") :]
    vapour, rest = steps.split("\n", 1)
    original = (ROOT / "recipes" / "gradient_copolymer_on_lithium.yaml").read_text(encoding="utf-8")
    begin, end = original.index("  - repeat: 1"), original.index("finally:")
    deposit = "\n".join(f"      {line}" for line in rest.splitlines())
    recipe = tmp_path / "gradient.yaml"
    recipe.write_text(f"{original[:begin]}  - repeat: 1\n    steps:\n{deposit}\n{original[end:]}", encoding="utf-8")
    assert vapour.startswith("- vapour: {DMAMS: 1.2")
    assert not [
        f for f in examine(recipe, read_reactor(ROOT / "reactors" / "icvd_copolymer.yaml")).findings if f.refuses
    ]


def test_json_holds_a_flow_more_than_legs() -> None:
    ended = CliRunner().invoke(app, [*ASK, *PROFILE, "--legs", "3", "--json"])
    told = json.loads(ended.output)
    assert (len(told["time_s"]), len(told["flow_mol_s"])) == (3, 4)
    assert sum(told["time_s"]) == pytest.approx(24 * 60)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["gradient", "DMAMS", "TBPO", "-r", "icvd_copolymer", *PROFILE], "TBPO is no monomer"),
        (["gradient", "DMAMS", "DMAMS", "-r", "icvd_copolymer", *PROFILE], "takes two monomers"),
        (["gradient", "TMA", "H2O", "-r", "glovebox_ald", *PROFILE], "name two of: none"),
        ([*ASK, *PROFILE, "--total", "500 sccm"], "its controller gives"),
        ([*ASK, *PROFILE, "--total", "1.3"], "unit is missing"),
        ([*ASK, *PROFILE, "--time", "0 s"], "above 0"),
        ([*ASK, "--profile", "0 nm: 100 %, 10 nm: 20 %"], "a source that is shut"),
        ([*ASK, "--profile", "rubbish"], "no point of a profile"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes: list[str], told: str) -> None:
    ended = CliRunner().invoke(app, changes)
    assert ended.exit_code != 0
    assert told in f"{ended.output} {ended.exception}"
