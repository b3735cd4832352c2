"""Substrates: the shipped limits, and that derived ones keep lithium's distances."""

import pytest

from vapordep.chemistry import SUBSTRATES, Mark, Substrate, Supply, UnknownName, attackers, substance, substrate

EVERY = pytest.mark.parametrize("entry", SUBSTRATES, ids=lambda entry: entry.name)


def test_lithium_has_the_limits_that_were_agreed() -> None:
    lithium = substrate("Li")
    limits = (lithium.cap, lithium.warning, lithium.trip_ceiling, lithium.limiter, lithium.melting_point.value)
    assert limits == pytest.approx((423.15, 428.15, 433.15, 443.15, 453.65))
    assert lithium.melting_point.value - lithium.trip_ceiling >= 20.0
    assert (lithium.leak_warn, lithium.leak_block, lithium.base_pressure) == (5e-8, 2e-7, 1.0)
    assert lithium.hard


@pytest.mark.parametrize("metal", ["sodium", "potassium"])
def test_derived_limits_keep_lithiums_distances_to_the_melting_point(metal: str) -> None:
    other, lithium = substrate(metal), substrate("lithium")
    assert other.limits_mark is Mark.D
    assert other.hard
    for limit in ("cap", "warning", "trip_ceiling", "limiter"):
        distance = lithium.melting_point.value - getattr(lithium, limit)
        assert distance <= other.melting_point.value - getattr(other, limit) <= distance + 1.0


def test_copper_and_silicon_have_limits_of_process() -> None:
    copper, silicon = substrate("copper"), substrate("silicon")
    assert copper.cap == pytest.approx(523.15)
    assert silicon.cap > copper.cap
    for entry in (copper, silicon):
        assert (entry.hard, entry.leak_block, entry.base_pressure) == (False, 2e-6, 5.0)


@EVERY
def test_limits_rise_in_order_and_end_below_melting(entry: Substrate) -> None:
    assert entry.cap < entry.warning < entry.trip_ceiling < entry.limiter < entry.melting_point.value - 10.0
    assert entry.leak_warn < entry.leak_block


@EVERY
def test_forbidden_gases_are_the_gases_that_attack(entry: Substrate) -> None:
    gases = {other.name for other in attackers(entry.name) if other.supply is not Supply.VAPOUR}
    assert entry.forbidden_gases == gases


@pytest.mark.parametrize(
    ("name", "gas", "allowed"),
    [("lithium", "N2", False), ("lithium", "argon", True), ("sodium", "N2", True), ("copper", "nitrogen", True)],
)
def test_purge_gas(name: str, gas: str, allowed: bool) -> None:
    assert substrate(name).allows_gas(gas) is allowed


def test_every_attacked_substrate_is_in_the_table() -> None:
    named = {reaction.substrate for name in ("H2O", "N2", "O3", "TiCl4") for reaction in substance(name).reactions}
    assert named <= {entry.name for entry in SUBSTRATES}


def test_a_misspelt_substrate() -> None:
    with pytest.raises(UnknownName, match="lithium"):
        substrate("litium")
