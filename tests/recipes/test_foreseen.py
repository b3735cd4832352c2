"""What the check foresees: a pressure no dose reaches, a shut throttle, wires too hot, a name that does nothing."""

from pathlib import Path

import pytest

from tests.recipes.dry import reactor_of
from vapordep.reactor import read_reactor
from vapordep.recipe import examine

CYCLES = """\
recipe: 1
name: foreseen
process: MLD
substrate: silicon
reactor: glovebox_mld
steps:
  - pump: {to: 5 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 120 degC, walls: 120 degC, rate: 5 K/min, within: 2 K}
"""
STEADY = """\
recipe: 1
name: foreseen
process: iCVD
substrate: silicon
reactor: icvd
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
"""
VARIED = "  - repeat: 4\n    vary: {pulse: {from: 20 ms, to: 80 ms}}\n    steps:\n"
LOOP = VARIED + "      - dose: {source: TMA, pulse: PULSE}\n      - purge: {for: 30 s}\n"


def expose(pressure: str) -> str:
    return f"  - expose: {{source: TMA, pulse: 100 ms, to: {pressure}, hold: 30 s, flow: {{carrier: 20 sccm}}}}\n"


@pytest.mark.parametrize(
    ("text", "code", "told", "refuses"),
    [
        (CYCLES + expose("8 kPa"), "R-EXPOSE", "not above 8 kPa", True),
        (CYCLES + expose("80 Pa"), "R-EXPOSE", "not above 80 Pa", False),
        (CYCLES + LOOP.replace("PULSE", "50 ms"), "R-FORM", "'pulse' varies, and is used nowhere", False),
        (STEADY + "  - throttle: {position: closed}\n  - filament: {voltage: 30 V}\n", "I2", "throttle is shut", True),
        (STEADY + "  - filament: {temperature: 450 degC}\n", "I4", "450 degC, limit < 320 degC", True),
    ],
)
def test_what_would_fail_is_told_beforehand(text: str, code: str, told: str, refuses: bool, tmp_path: Path) -> None:
    recipe = tmp_path / "foreseen.yaml"
    recipe.write_text(text, encoding="utf-8")
    found = [f for f in examine(recipe, read_reactor(reactor_of(recipe))).findings if f.refuses or f.code == code]
    assert [(f.code, told in f.message, f.refuses) for f in found] == [(code, True, refuses)]
    assert found[0].line == len(text.splitlines()) or code == "R-FORM"


@pytest.mark.parametrize(
    "text",
    [
        CYCLES + expose("8 Pa") + "  - purge: {for: 40 s}\n",
        CYCLES + LOOP.replace("PULSE", "$pulse"),
        CYCLES + VARIED.replace("pulse: {from: 20 ms, to: 80 ms}", "count: {from: 1, to: 4}")
        + "      - repeat: $count\n        steps:\n          - dose: {source: TMA, pulse: 50 ms}\n"
        + "          - purge: {for: 30 s}\n",
        STEADY + "  - throttle: {position: closed}\n  - throttle: {position: 40 %}\n  - filament: {voltage: 30 V}\n",
        STEADY + "  - filament: {temperature: 310 degC}\n",
    ],
)  # fmt: skip
def test_what_goes_well_is_not_doubted(text: str, tmp_path: Path) -> None:
    recipe = tmp_path / "foreseen.yaml"
    recipe.write_text(text, encoding="utf-8")
    assert [f.code for f in examine(recipe, read_reactor(reactor_of(recipe))).findings] == []
