"""The rest of a plan: what is still to be done from a place on, and what only closes the film."""

import pytest

from vapordep.model.place import BEGINNING, Cursor, read
from vapordep.model.plan import Block, Plan
from vapordep.model.steps import (
    ChangeOver,
    Checkpoint,
    Cool,
    Dose,
    Flow,
    Heat,
    LeakCheck,
    Load,
    Pump,
    Purge,
    Step,
    Vent,
)
from vapordep.recipe.resume.rest import capped, changed_since_layer, going_on

PUMP, FLOW, WAIT = Pump(to=1.0, within=60.0), Flow(flows={"carrier": 1e-5}), Purge(duration=120.0)
HEAT = Heat(targets={"stage": 373.0}, rate=0.1, tolerance=2.0, timeout=100.0)
CHECK = LeakCheck(duration=60.0)
PRIME = Block(name="prime", steps=(Dose(source="TMA", width=0.05),))
CYCLE = (Dose(source="TMA", width=0.05), Purge(duration=40.0), Dose(source="H2O", width=0.03), Purge(duration=75.0))
FINALLY = (Purge(duration=300.0),)
CAP = (Block(name="cap", steps=CYCLE, count=2),)


def layer(name: str, count: int) -> Block:
    return Block(name=name, layer=name, steps=CYCLE, count=count)


def plan(*steps: Step) -> Plan:
    return Plan("test", "ALD", "lithium", steps, PRIME, FINALLY, cap=CAP)


TWO = plan(PUMP, CHECK, FLOW, HEAT, PRIME, layer("inner", 50), WAIT, layer("outer", 34))
PREPARED = (PUMP, CHECK, FLOW, HEAT, PRIME)


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("", TWO.steps),
        ("2:0", TWO.steps),
        ("5:0", TWO.steps),
        ("5:0/0:12", (*PREPARED, layer("inner", 38), WAIT, layer("outer", 34))),
        ("5:0/0:50", (*PREPARED, WAIT, layer("outer", 34))),
        ("6:0", (*PREPARED, WAIT, layer("outer", 34))),
        ("7:0/0:33", (*PREPARED, WAIT, layer("outer", 1))),
        ("8:0", (*PREPARED, WAIT)),
    ],
)
def test_layers_that_are_done_are_left_out_and_the_way_to_them_is_not(place: str, left: tuple[Step, ...]) -> None:
    rest = going_on(TWO, read(place))
    assert rest.steps == left
    assert (rest.prime, rest.finally_steps) == (PRIME, FINALLY)


def test_a_turn_of_a_supercycle_is_finished_before_the_whole_ones() -> None:
    inner, other = layer("a", 5), layer("b", 3)
    whole = Block(name="outer", steps=(inner, WAIT, other), count=4)
    rest = going_on(plan(PUMP, CHECK, whole), read("2:0/0:1/0:2"))
    turn = Block(name="outer", steps=(layer("a", 3), WAIT, other), count=1)
    assert rest.steps == (PUMP, CHECK, turn, Block(name="outer", steps=whole.steps, count=2))
    rest = going_on(plan(PUMP, CHECK, whole), read("2:0/2:3/0:1"))
    assert rest.steps == (PUMP, CHECK, Block(name="outer", steps=(WAIT, layer("b", 2)), count=1))


def test_doses_before_the_first_layer_cover_the_substrate_and_come_again() -> None:
    cover = Block(name="nucleation", steps=CYCLE[:2], count=5)
    rest = going_on(plan(PUMP, CHECK, cover, layer("main", 36)), read("3:0/0:35"))
    assert rest.steps == (PUMP, CHECK, cover, layer("main", 1))


@pytest.mark.parametrize("place", ["", "2:0/0:1"])
def test_a_leak_check_is_put_in_where_the_recipe_has_none(place: str) -> None:
    rest = going_on(plan(PUMP, FLOW, layer("main", 2)), read(place)).steps
    assert [step.word for step in rest] == ["pump", "leak_check", "flow", "repeat"]


@pytest.mark.parametrize("later", [(PUMP,), (CHECK,), (PUMP, CHECK)])
def test_the_leak_check_comes_before_the_first_dose_whatever_comes_after_it(later: tuple[Step, ...]) -> None:
    """One between two layers, or a second pumping, is too late for the chamber that nobody has watched."""
    two = plan(PUMP, FLOW, PRIME, layer("inner", 5), *later, FLOW, layer("outer", 5))
    [*words] = [step.word for step in going_on(two, read("3:0/0:2")).steps]
    assert words[:4] == ["pump", "leak_check", "flow", "repeat"]


def test_a_cap_comes_after_the_preparation_alone() -> None:
    closing = capped(TWO)
    assert closing.steps == (*PREPARED, *CAP)
    assert (closing.finally_steps, closing.cap) == (FINALLY, ())


def test_samples_that_lie_there_are_not_loaded_again() -> None:
    vent, load, mark = Vent(to=1e5, within=60.0), Load(within=600.0), Checkpoint(name="half")
    loaded = plan(vent, load, PUMP, CHECK, layer("a", 2), mark, layer("b", 2))
    assert going_on(loaded, read("1:0")).steps == (load, PUMP, CHECK, layer("a", 2), mark, layer("b", 2))
    assert going_on(loaded, read("6:0/0:1")).steps == (PUMP, CHECK, layer("b", 1))
    assert capped(loaded).steps == (PUMP, CHECK, *CAP)


CHANGE = ChangeOver(text="clean")


def heat(**kelvin: float) -> Heat:
    return Heat(targets=kelvin, rate=0.1, tolerance=1.0, timeout=100.0)


def test_what_was_hot_as_the_walls_were_changed_is_hot_again() -> None:
    """Steps before the change do not come again; what was cooled since, or is heated anew, is left to the recipe."""
    first, second, third = heat(stage=390.0, walls=320.0), heat(EG=350.0), heat(stage=310.0)
    cool = Cool(targets={"EG": 320.0}, within=60.0)
    changed = plan(PUMP, first, second, layer("a", 2), cool, CHANGE, PUMP, CHECK, third, layer("b", 3))
    again = (PUMP, heat(walls=320.0), CHECK, third)
    going = going_on(changed, read("4:0"))
    assert (going.steps, going.prime, going.cap) == ((PUMP, *changed.steps[4:]), None, ()), (
        "it is not heated on the way"
    )
    assert going_on(changed, read("3:0/0:2")) == going
    for place, left in (("6:0", 3), ("8:0", 3), ("9:0/0:0", 3), ("9:0/0:1", 2)):
        rest = going_on(changed, read(place))
        assert (rest.steps, rest.prime, rest.cap) == ((*again, layer("b", left)), None, ()), place
    assert going_on(changed, read("3:0/0:1")).steps[:3] == (
        PUMP,
        LeakCheck(duration=300.0, where="put in before going on"),
        first,
    )


def test_heat_that_is_given_in_several_steps_comes_again_as_it_was() -> None:
    several = plan(PUMP, CHECK, heat(lines=370.0, stage=390.0), heat(stage=400.0), layer("a", 4))
    assert going_on(several, read("4:0/0:1")).steps == (*several.steps[:4], layer("a", 3))


def test_a_lid_that_was_open_as_the_run_broke_off_is_opened_anew() -> None:
    vent, load = Vent(to=1e5, within=60.0), Load(within=600.0)
    changed = plan(PUMP, CHECK, HEAT, layer("a", 2), vent, load, CHANGE, PUMP, layer("b", 3))
    for place in ("3:0/0:2", "4:0", "5:0", "6:0"):
        assert going_on(changed, read(place)).steps == (PUMP, CHECK, *changed.steps[4:]), place
    assert CHECK not in going_on(changed, read("7:0")).steps[:1], "behind the new walls nothing of before comes again"


def test_no_cap_closes_a_layer_behind_other_walls() -> None:
    changed = plan(PUMP, layer("a", 2), CHANGE, PUMP, CHECK, layer("b", 3))
    assert [changed_since_layer(changed, read(place)) for place in ("", "1:0/0:1", "2:0", "3:0")] == [
        False,
        False,
        False,
        True,
    ]
    assert not changed_since_layer(plan(CHANGE, PUMP, layer("a", 2)), read("2:0/0:1"))


def test_a_place_is_kept_as_text() -> None:
    cursor: Cursor = read("7:0/2:11")
    assert [(place.step, place.cycle) for place in cursor] == [(7, 0), (2, 11)]
    assert read("") == BEGINNING
    for spoilt in ("7", "7:x", "a/b", "1:2:3"):
        with pytest.raises(ValueError, match=r"."):
            read(spoilt)
