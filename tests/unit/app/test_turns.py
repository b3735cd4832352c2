"""Turns of loops: told by where in the plan their cycles stand, not by their numbers."""

from vapordep.app.review.turns import Turn, Turns
from vapordep.model.events import Event, Kind


def begun(time: float, loop: str, cycle: int, place: str) -> Event:
    return Event(time, Kind.CYCLE, f"{loop} {cycle}", {"block": loop, "cycle": cycle, "place": place})


def test_a_loop_within_another_is_gone_through_again_with_each_cycle_of_that() -> None:
    turns = Turns(
        [
            begun(10.0, "Zn", 1, "steps 3:0/0:0/0:0"),
            begun(20.0, "Zn", 2, "steps 3:0/0:0/0:1"),
            begun(30.0, "Al", 1, "steps 3:0/1:0/0:0"),
            begun(40.0, "Zn", 1, "steps 3:0/0:1/0:0"),
            begun(50.0, "Zn", 1, "steps 3:0/0:2/0:0"),
        ]
    )
    assert [turns.at("Zn", time) for time in (10.0, 25.0, 45.0, 60.0)] == [
        Turn(1, 0), Turn(1, 0), Turn(2, 2), Turn(3, 3),
    ]  # fmt: skip
    assert turns.at("Al", 60.0) == Turn(1, 0)


def test_a_cycle_that_is_done_again_after_a_hold_is_no_new_turn() -> None:
    turns = Turns([begun(10.0, "main", 1, "steps 3:0/0:0"), begun(20.0, "main", 1, "steps 3:0/0:0")])
    assert turns.at("main", 25.0) == Turn(1, 0)


def test_where_nothing_tells_it_is_the_first() -> None:
    assert Turns([]).at("main", 5.0) == Turn()
    assert Turns([begun(10.0, "main", 1, "steps 3:0/0:0")]).at("main", 5.0) == Turn()
