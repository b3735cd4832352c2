"""What the check foresees: pressures no dose reaches, leaks no gauge tells, wires too hot, generators that starve."""

from pathlib import Path

import pytest

from tests.recipes.dry import reactor_of
from vapordep.reactor import read_reactor
from vapordep.recipe import examine
from vapordep.recipe.findings import Severity

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
OZONE = """\
recipe: 1
name: foreseen
process: ALD
substrate: silicon
reactor: thermal_ald
steps:
  - pump: {to: 5 Pa, within: 20 min, soft: true}
"""
LEAK = CYCLES.partition("  - flow")[0].replace("silicon", "lithium") + "  - leak_check: {for: "
GAS = "  - flow: {carrier: 20 sccm, oxygen: 250 sccm}\n"
ON = '  - set: {output: O3.power, value: "on"}\n'
READY = "  - wait: {until: O3.ready, within: 10 min}\n"
DOSE = "  - dose: {source: O3, pulse: 1 s}\n"
GROWS = """\
recipe: 1
name: foreseen
process: iCVD
substrate: silicon
reactor: icvd_copolymer
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 55 degC, lines: 70 degC, hot_lines: 100 degC, stage: 40 degC, TBPO: 25 degC, rate: 2 K/min}
  - heat: {DMAMS: 50 degC, PFDA: 80 degC, rate: 2 K/min}
  - throttle: {pressure: 13 Pa}
  - vapour: {DMAMS: 1.2 sccm, PFDA: 0.1 sccm}
  - flow: {carrier: 0 sccm}
  - throttle: {pressure: 13 Pa}
"""
MORE = "  - throttle: {pressure: 25 Pa}\n"
LIT = "  - filament: {voltage: 30 V}\n"
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
        (STEADY + "  - filament: {temperature: 20 degC}\n", "R-RANGE", "no hotter than the room", True),
        (STEADY + '  - set: {output: filament.on, value: "on"}\n', "R-VALVE", "only by the step `filament`", True),
        (STEADY + "  - throttle: {pressure: 140 Pa}\n", "R-RANGE", "cannot be 140 Pa", True),
        (GROWS + LIT + "  - throttle: {position: closed}\n", "I2", "shut while the filament is lit", True),
        (GROWS + LIT + "  - set: {output: throttle.position_setpoint, value: 0 %}\n", "I2", "is lit", True),
        (GROWS + "  - ramp: {output: throttle.pressure_setpoint, to: 60 Pa, over: 1 min}\n", "I5", "reaches 1.7", True),
        (GROWS + "  - set: {output: throttle.pressure_setpoint, value: 60 Pa}\n", "I5", "reaches 1.7", True),
        (GROWS + MORE + "  - ramp: {output: PFDA.flow_setpoint, to: 2 sccm, over: 5 min}\n", "I5", "reaches 1.1", True),
        (GROWS + "  - set: {output: V4D4.flow_setpoint, value: 0.5 sccm}\n", "R-FLOW", "V4D4.valve is shut", True),
        (LEAK + "60 s}\n", "P4", "no leak below 2.2e-07 Pa m3/s, lithium bears 2e-07", False),
        (LEAK + "10 s}\n", "P4", "a leak check of 10 s says nothing", True),
        (OZONE + GAS + READY, "R-SOURCE", "the generator of O3 is off", True),
        (OZONE + ON + READY, "R-SOURCE", "no gas flows through oxygen", True),
        (OZONE + GAS + ON + READY.replace("10 min", "1 min"), "R-WAIT", "may take 2 min", False),
        (OZONE + GAS + ON + READY + "  - pump: {to: 5 Pa}\n" + GAS + DOSE, "R-SOURCE", "2 min to warm up", True),
        (OZONE + GAS + ON + READY + ON.replace("on", "off") + DOSE, "R-SOURCE", "O3 is off", True),
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
        LEAK + "90 s}\n",
        LEAK.replace("lithium", "silicon") + "30 s}\n",
        CYCLES + expose("8 Pa") + "  - purge: {for: 40 s}\n",
        CYCLES + LOOP.replace("PULSE", "$pulse"),
        CYCLES + VARIED.replace("pulse: {from: 20 ms, to: 80 ms}", "count: {from: 1, to: 4}")
        + "      - repeat: $count\n        steps:\n          - dose: {source: TMA, pulse: 50 ms}\n"
        + "          - purge: {for: 30 s}\n",
        STEADY + "  - throttle: {position: closed}\n  - throttle: {position: 40 %}\n  - filament: {voltage: 30 V}\n",
        STEADY + "  - filament: {temperature: 310 degC}\n",
        GROWS + "  - ramp: {output: throttle.pressure_setpoint, to: 14 Pa, over: 1 min}\n",
        GROWS + LIT + "  - ramp: {output: filament.voltage_setpoint, to: 35 V, over: 1 min}\n",
        GROWS + MORE + "  - ramp: {output: PFDA.flow_setpoint, to: 0.3 sccm, over: 5 min}\n",
        OZONE + GAS + ON + READY,
        OZONE + GAS + ON + READY + "  - pump: {to: 5 Pa}\n" + GAS + READY,
    ],
)  # fmt: skip
def test_what_goes_well_is_not_doubted(text: str, tmp_path: Path) -> None:
    recipe = tmp_path / "foreseen.yaml"
    recipe.write_text(text, encoding="utf-8")
    found = examine(recipe, read_reactor(reactor_of(recipe))).findings
    assert [f.code for f in found if f.severity is not Severity.NOTE] == []
