"""The safety core of a chamber for cycles and polymers: no filament in what pulses left, and walls that are changed."""

from types import SimpleNamespace

from vapordep.chemistry import substrate
from vapordep.files import data_folder
from vapordep.model.batches import Batch
from vapordep.reactor import read_reactor, tag_table
from vapordep.safety.protection import Protection, Rules

REACTOR = read_reactor(data_folder("reactors") / "hybrid.yaml")
PULSED, STEADY = ("TMA.valve", "H2O.valve", "EG.valve"), ("DMAMS.valve", "TBPO.valve")


def shown(rules: Rules, t: float, **opened: float) -> None:
    """All valves, shut but for those `opened`, at the instant `t` (s)."""
    rules.derivation([Batch.one(valve, t, opened.get(valve.partition(".")[0], 0.0)) for valve in (*PULSED, *STEADY)])


def made() -> Rules:
    return Rules(REACTOR, substrate("lithium"), tag_table(REACTOR))


def bare(rules: Rules) -> tuple[float, float]:
    """Whether walls are bare for monomer, and for alkyl."""
    latest = rules.derivation.latest
    return latest["DMAMS.walls_bare"].value, latest["TMA.walls_bare"].value


def test_a_filament_waits_until_every_pulse_is_pumped_out_and_for_no_steady_source() -> None:
    gap = 9.2 * REACTOR.chamber.residence_time
    for name in ("TMA", "H2O", "EG"):
        rules = made()
        shown(rules, 0.0, **{name: 1.0})
        clear = []
        for step in range(1, round(2.0 * gap) + 1):
            shown(rules, 0.5 * step, DMAMS=1.0)
            clear.append((0.5 * step, rules.derivation.latest["filament.clearance"].value))
        assert {value for t, value in clear if t < gap} == {0.0}, name
        assert clear[-1][1] == 0.0
        for step in range(4):
            shown(rules, gap + 0.6 + 0.5 * step)
        assert rules.derivation.latest["filament.clearance"].value == 1.0, name


def test_changed_walls_are_bare_until_a_source_opens_again() -> None:
    rules = made()
    shown(rules, 0.0)
    shown(rules, 1.0, TMA=1.0)
    shown(rules, 2.0)
    assert bare(rules) == (0.0, 1.0)
    Protection.walls_bare(SimpleNamespace(rules=rules))  # type: ignore[arg-type]
    shown(rules, 3.0)
    assert bare(rules) == (1.0, 1.0)
    assert rules.derivation.latest["filament.clearance"].value == 0.0, "what is in the gas is another matter"
    shown(rules, 4.0, DMAMS=1.0)
    shown(rules, 5.0)
    assert bare(rules) == (1.0, 0.0)
