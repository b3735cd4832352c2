"""Hard interlocks: which are made for a reactor and a substrate, and what a reactor file may not do."""

import math
from dataclasses import replace

import pytest

from tests.unit.safety.rig import LEAVE, P3, instrument_tags, output, reactor, source
from vapordep.chemistry import Kinetics, UnknownName, kinetics, substrate
from vapordep.errors import ReactorError
from vapordep.model.batches import Batch
from vapordep.model.chamber import GasLine
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.outputs import SafeValue
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.safety.interlocks.hard import hard_rules, refuse_gases, refuse_reserved
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.valves import NeverOpen
from vapordep.safety.protection import Rules
from vapordep.safety.substances import (
    attacking_lines,
    covering_precursors,
    foil_trip,
    incompatible_pairs,
    incompatible_with,
)
from vapordep.units import Pa

LITHIUM, SILICON = substrate("lithium"), substrate("silicon")


def by_id(whole: Reactor, on: str = "lithium") -> dict[str, InterlockRule]:
    return {rule.id: rule for rule in hard_rules(whole, substrate(on))}


def test_a_reactor_for_lithium_gets_all_of_them() -> None:
    rules = by_id(reactor())
    assert list(rules) == ["T1", "C1", "C2.TMA", "C2.H2O", "C2.EG", "C3"]
    assert all(rule.hard for rule in rules.values())
    assert rules["T1"].require == ("foil.maximum < substrate.trip",)
    assert (rules["T1"].trip_after_samples, rules["T1"].action) == (2, Action.SAFE)
    assert (rules["C1"].trip_after_samples, rules["C1"].action) == (1, Action.SAFE)
    assert rules["C1"].protects == "TMA and H2O, TMA and EG react with each other."
    assert rules["C2.TMA"].protects == "TMA reacts with what H2O and EG left in the chamber."
    assert rules["C2.H2O"].guards == ("H2O.valve",)
    assert not rules["C2.H2O"].trips
    assert rules["C3"].guards == ("H2O.valve", "EG.valve")
    assert all(rule.protects and rule.remedy for rule in rules.values())


def test_what_nothing_attacks_needs_no_cover() -> None:
    assert list(by_id(reactor(), "silicon")) == ["T1", "C1", "C2.TMA", "C2.H2O", "C2.EG"]


def test_what_cannot_meet_needs_no_rule() -> None:
    alone = reactor(sources={"H2O": source("H2O", "water"), "EG": source("EG", "ethylene glycol")})
    assert list(by_id(alone, "silicon")) == ["T1"]
    assert "sources.apart" not in Rules(replace(alone, interlocks=()), SILICON, instrument_tags()).tags
    third = replace(alone, sources={**reactor().sources, "N2": source("N2", "nitrogen", valve="N2.valve")})
    assert "C2.N2" not in by_id(third)
    assert incompatible_pairs(alone) == ()


def test_pairs_come_from_chemistry() -> None:
    assert incompatible_pairs(reactor()) == (("TMA", "H2O"), ("TMA", "EG"))
    assert incompatible_with(reactor(), "TMA") == ("H2O", "EG")
    assert incompatible_with(reactor(), "EG") == ("TMA",)


def test_the_trip_leaves_room_for_all_that_can_go_wrong_and_the_offset_is_not_counted_twice() -> None:
    trip = foil_trip(reactor(), LITHIUM, instrument_tags())
    assert trip.terms["foil offset uncertainty"] == 0.0
    assert trip.terms["heating during reaction"] == pytest.approx(10.0 / 60.0 * (2.0 + 3.0))
    assert trip.trip <= LITHIUM.trip_ceiling


def test_only_metal_precursors_of_known_uptake_that_do_not_attack_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {
        "TMA": source("TMA", "trimethylaluminium"), "H2O": source("H2O", "water"),
        "EG": source("EG", "titanium tetrachloride"),
    }  # fmt: skip
    whole = reactor(sources=sources)
    assert list(covering_precursors(whole, LITHIUM)) == ["TMA.valve"]
    assert list(covering_precursors(whole, SILICON)) == ["TMA.valve", "EG.valve"]
    assert list(covering_precursors(reactor(sources={"H2O": source("H2O", "ozone")}), SILICON)) == []

    def known(name: str) -> Kinetics:
        if name == "titanium tetrachloride":
            raise UnknownName(name)
        return kinetics(name)

    monkeypatch.setattr("vapordep.safety.substances.kinetics", known)
    assert list(covering_precursors(whole, SILICON)) == ["TMA.valve"], "as if nobody knew the uptake of TiCl4"


def test_a_precursor_that_attacks_the_substrate_does_not_cover_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vapordep.safety.substances.attacking_sources", lambda whole, on: ("TMA",))
    assert covering_precursors(reactor(), LITHIUM) == {}


def nitrogen(**changes: object) -> Reactor:
    whole = reactor(lines={"carrier": GasLine("carrier", "nitrogen", where="rig.yaml:12")})
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_nitrogen_purges_no_lithium_but_silicon() -> None:
    with pytest.raises(ReactorError, match="nitrogen attacks lithium") as refused:
        refuse_gases(nitrogen(), LITHIUM)
    assert refused.value.where == "rig.yaml:12"
    refuse_gases(nitrogen(), SILICON)
    refuse_gases(reactor(), LITHIUM)


def test_a_gas_that_a_substrate_forbids_counts_as_one_that_attacks_it() -> None:
    picky = replace(SILICON, forbidden_gases=frozenset({"argon"}))
    assert attacking_lines(reactor(), picky) == ("carrier",)
    assert attacking_lines(reactor(), SILICON) == ()
    assert attacking_lines(nitrogen(), replace(LITHIUM, forbidden_gases=frozenset())) == ("carrier",), "it nitrides"


@pytest.mark.parametrize(
    ("safe", "refused"),
    [
        (SafeValue(0.0), False),
        (SafeValue(1e-5), True),
        (LEAVE, True),
        (SafeValue(0.0, depends_on=("pump.valve",), otherwise=1e-5), True),
    ],
)
def test_a_gas_that_attacks_may_not_flow_in_the_safe_state(safe: SafeValue, refused: bool) -> None:
    outputs = {"carrier.flow_setpoint": output("carrier.flow_setpoint", safe)}
    whole = nitrogen(purge_line="other", outputs=outputs)
    if refused:
        with pytest.raises(ReactorError, match="purge or safe gas"):
            refuse_gases(whole, LITHIUM)
    else:
        refuse_gases(whole, LITHIUM)


def test_a_gas_line_that_attacks_the_substrate_is_guarded_too() -> None:
    oxygen = reactor(lines={"O2": GasLine("O2", "oxygen", valve="O2.valve")}, sources={})
    assert by_id(oxygen)["C3"].guards == ("O2.flow_setpoint", "O2.valve")
    no_valve = replace(oxygen, lines={"O2": GasLine("O2", "oxygen")})
    assert by_id(no_valve)["C3"].guards == ("O2.flow_setpoint",)


@pytest.mark.parametrize("id", ["T1", "C1", "C2", "C3", "C5", "C2.TMA"])
def test_a_reactor_file_cannot_take_the_id_of_a_hard_one(id: str) -> None:
    with pytest.raises(ReactorError, match="is built in"):
        refuse_reserved([replace(P3, id=id)])


def test_an_id_stands_for_one_interlock() -> None:
    refuse_reserved([P3, replace(P3, id="P4")])
    with pytest.raises(ReactorError, match="two interlocks"):
        refuse_reserved([P3, P3])


def test_a_reactor_file_cannot_leave_a_hard_one_out() -> None:
    rules = Rules(reactor(interlocks=()), LITHIUM, instrument_tags())
    assert [i.rule.id for i in rules.compiled.interlocks] == ["T1", "C1", "C2.TMA", "C2.H2O", "C2.EG", "C3"]
    assert rules.not_covered == ()
    lacking = {"chiller.flow"}
    chilled = replace(P3, id="I3", require=("chiller.flow > 1 L/min",))
    rules = Rules(reactor(interlocks=(chilled,)), LITHIUM, instrument_tags(), lacking)
    assert rules.not_covered == (chilled,)


def test_gauges_are_joined_to_one_pressure() -> None:
    wiring = dict(reactor().wiring)
    [gauge] = [cell for cell, tag in wiring.items() if tag == "chamber.pressure"]
    wiring[gauge] = "gauge.pressure"
    whole = reactor(wiring=wiring, chamber=replace(reactor().chamber, gauges=("gauge.pressure",)))
    rules = Rules(whole, LITHIUM, instrument_tags(wiring))
    assert rules.tags["chamber.pressure"].stale_after == rules.tags["gauge.pressure"].stale_after


def test_a_substrate_that_could_melt_is_refused() -> None:
    wild = replace(reactor(), stage=replace(reactor().stage, overshoot=200.0))
    with pytest.raises(ReactorError, match="could melt"):
        Rules(wild, LITHIUM, instrument_tags())


WALLS = reactor(sources={**reactor().sources, "TBPO": source("TBPO", "di-tert-butyl peroxide", valve="vent.valve")})


def test_walls_that_have_seen_a_metal_alkyl_keep_a_peroxide_out() -> None:
    rules = by_id(WALLS)
    assert rules["C5.TMA"].require == ("TMA.walls_bare",)
    assert rules["C5.TBPO"].guards == ("vent.valve",)
    assert "TBPO reacts with what TMA left on the walls" in rules["C5.TBPO"].protects
    assert rules["C5.TBPO"].hard
    assert "C5.H2O" not in rules


def test_walls_are_bare_until_a_valve_opens_and_never_again() -> None:
    tags = instrument_tags()
    for cut in (False, True):
        derivation = Rules(WALLS, LITHIUM, tags).derivation
        shut, opened = [0.0] * 50, [0.0] * 20 + [1.0] * 5 + [0.0] * 25
        times = [n / 10.0 for n in range(1, 51)]
        stretch = [Batch.of("TMA.valve", times, opened), Batch.of("vent.valve", times, shut)]
        derive = derivation.walk if cut else derivation
        found = {batch.tag: batch for batch in derive(stretch)}
        assert found["TBPO.walls_bare"].values.tolist() == [1.0] * 20 + [0.0] * 30
        assert set(found["TMA.walls_bare"].values.tolist()) == {1.0}


def test_a_valve_that_was_never_seen_tells_nothing_of_the_walls() -> None:
    tags = instrument_tags()
    monitor = NeverOpen("x.walls_bare", ("TMA.valve", "H2O.valve"), tags)
    for derive in (Derivation([monitor]), Derivation([monitor]).walk):
        times = [n / 10.0 for n in range(1, 51)]
        [found] = derive([Batch.of("TMA.valve", times, [0.0] * 50)])
        assert all(math.isnan(value) for value in found.values.tolist())


def test_a_pressure_that_the_instruments_do_not_fill_is_that_of_the_first_usable_gauge() -> None:
    tags = {name: tag for name, tag in instrument_tags().items() if name != "chamber.pressure"}
    tags["cdg.pressure"] = Tag("cdg.pressure", Pa, stale_after=0.5)
    whole = reactor()
    whole = replace(whole, chamber=replace(whole.chamber, gauges=("cdg.pressure",)))
    derivation = Rules(whole, LITHIUM, tags).derivation
    found = {batch.tag: batch.last.value for batch in derivation([Batch.one("cdg.pressure", 0.0, 42.0)])}
    assert (found["chamber.pressure"], found["chamber.evacuated"]) == (42.0, 1.0)
    assert derivation.monitors[0].tag.name == "chamber.pressure"
