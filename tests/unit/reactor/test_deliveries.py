"""Deliveries in a reactor file: what each must say, may not say, and is wired to."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import ROOT, changed
from vapordep.app.twin.plant import describe
from vapordep.errors import ReactorError
from vapordep.model.deliveries import Boost, Bubbler, Generator
from vapordep.reactor import read_reactor
from vapordep.simulation.description import Carried, Made, PlantDescription, Pushed

FILE = ROOT / "reactors" / "thermal_ald.yaml"


def test_each_delivery_is_read_with_its_outputs_shut_in_the_safe_state() -> None:
    reactor = read_reactor(FILE)
    sources = reactor.sources
    assert sources["TiCl4"].bubbler == Bubbler("push", 1e4)
    assert sources["EG"].boost == Boost("EG.boost_valve", "argon", 3e3)
    assert sources["O3"].generator == Generator("oxygen", pytest.approx(0.12), "O3.power", 120.0, "O3.ready")
    assert sources["NH3"].pressure == 2e3
    assert not any(source.steady or source.metered for source in sources.values())
    assert reactor.carrying == {"push", "oxygen"}
    for tag in ("EG.boost_valve", "O3.power", "O3.valve"):
        assert reactor.outputs[tag].safe.value == 0.0


def test_its_plant_is_told_of_them() -> None:
    described = describe(read_reactor(FILE), "silicon")
    assert isinstance(described, PlantDescription)
    sources = described.sources
    assert sources["TiCl4"].delivery == Carried(through="push", pressure=1e4)
    assert sources["EG"].delivery == Pushed(pressure=3e3, gas="argon")
    assert sources["O3"].delivery == Made(through="oxygen", fraction=pytest.approx(0.12), lag=24.0)
    assert sources["NH3"].pressure == 2e3


REFUSED = {
    "    through: push\n": ("", "TiCl4, a source of the kind bubbler, does not say its through"),
    "    pressure: 10 kPa ": ("    # ", "does not say its pressure"),
    "    pressure: 10 kPa": ("    pressure: 1 kPa", "has 1.278 kPa by itself, and 1 kPa of gas around its vapour"),
    "    pressure: 10 kPa  ": ("    pressure: 10  ", "unit is missing"),
    "    through: push": ("    through: pull", "no line is called 'pull'"),
    "    through: push\n    pressure": ("    through: carrier\n    pressure", "it belongs to the purge"),
    "    through: push\n    pressure: 10": ("    through: oxygen\n    pressure: 10", "it belongs to"),
    '    boost: {valve: "more_valves[2]", gas: argon, pressure: 3 kPa}\n': ("", "does not say its boost"),
    'valve: "more_valves[2]", gas: argon, ': ("gas: argon, ", "sources.EG.boost: the key 'valve' is missing"),
    "gas: argon, pressure: 3 kPa}": ("gas: argonn, pressure: 3 kPa}", "argonn"),
    "gas: argon, pressure: 3 kPa": ("gas: argon, pressure: 0.5 kPa", "of gas around its vapour"),
    "pressure: 3 kPa}": ("pressure: 3 kPa, pulse: 1 s}", "pulse"),
    'valve: "more_valves[2]"': ('valve: "more_valves[9]"', "has no valve[9]"),
    "    fraction: 12 % ": ("    # ", "does not say its fraction"),
    "    fraction: 12 %": ("    fraction: 120 %", "too high"),
    "    warm_up: 2 min ": ("    # ", "does not say its warm_up"),
    '    power: "more_valves[1]"\n': ("", "does not say its power"),
    "    delivery: generator ": ("    delivery: bubbler ", "ozone does not come from a bubbler"),
    "{gas: oxygen, flow": ("{gas: argon, flow", "would make ozone of argon"),
    "    pressure: 2 kPa ": ("    # ", "must say either its `pressure`"),
    "    delivery: gas ": (
        "    delivery: vapour_draw ",
        "pressure means nothing of NH3, a source of the kind vapour_draw",
    ),
    '    valve: "valves[3]"\n    shortest_pulse: 15 ms\n': ('    valve: "valves[3]"\n', "gives pulses where it has"),
    "    substance: ammonia\n": ("    substance: water\n", "water is no gas in a cylinder"),
    "    require: [O3.ready]": ("    require: [oxygen.flow > 100 sccm]", "keeps O3.valve shut while O3.ready"),
    "    require: [push.flow_ratio > 80 %]": ("    require: [chamber.evacuated]", "keeps TiCl4.valve shut"),
}


@pytest.mark.parametrize("old", REFUSED)
def test_what_cannot_be_is_refused_with_its_line(old: str, tmp_path: Path) -> None:
    new, told = REFUSED[old]
    with pytest.raises(ReactorError, match=r"thermal_ald.yaml:\d+") as refused:
        read_reactor(changed(FILE, tmp_path, {old: new}))
    assert told in str(refused.value)
