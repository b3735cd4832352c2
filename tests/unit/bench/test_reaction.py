"""The benchmarks of reactions: their arithmetic, the spoilt frame and the reactor file; the measurement runs apart."""

import pytest

from bench.reaction import HIGH, Found, Spread, goals, through
from bench.tap import FLOW, MESSAGE, _violating
from vapordep.app.places import reactor_file
from vapordep.app.twin.serving import pointing
from vapordep.files import parse_yaml
from vapordep.reactor import reactor_of, read_reactor

FRAME = b"A +011.43 +025.00 +019.60 +020.00 +020.00 Ar\r"


def test_only_the_mass_flow_of_a_frame_is_spoilt() -> None:
    assert FLOW.sub(_violating, FRAME) == b"A +011.43 +025.00 +019.60 +099.00 +020.00 Ar\r"
    assert len(MESSAGE) == len(FRAME)


def test_a_spread_is_in_microseconds() -> None:
    assert Spread.of([1e-3] * 99 + [5e-3]) == Spread(100, 1000.0, pytest.approx(1040.0), 5000.0)


def test_what_the_web_costs_is_a_goal_of_its_own() -> None:
    fast, slow, limit = Spread(9, 200.0, 900.0, 950.0), Spread(9, 900.0, 2500.0, 2600.0), Spread(9, 30.0, 90.0, 95.0)
    found = goals({"busy": Found(fast, limit, limit), "web": Found(slow, limit, limit)})
    assert [what for what, value, goal in found if value > goal] == [
        "web: p50 beyond C's", "web: p50 beyond C's in a row", "web: p99", "p50 that the web costs",
    ]  # fmt: skip


def test_a_served_reactor_file_leads_through_the_tap_and_has_one_interlock_more() -> None:
    reactor = read_reactor(reactor_file("glovebox_ald"))
    served = pointing(reactor, {name: 5000 + n for n, name in enumerate(reactor.instruments)}, 4999)
    made = reactor_of(parse_yaml(through(served, 7001, 7002), "tapped.yaml"))
    assert made.instruments["carrier_mfc"].line == "tcp://127.0.0.1:7001"
    assert made.instruments["valves"].line == "modbus+tcp://127.0.0.1:7002"
    assert [rule.id for rule in made.interlocks].count(HIGH) == 1
    with pytest.raises(RuntimeError, match="no line of valves"):
        through("carrier_mfc: {line: tcp://127.0.0.1:1}", 1, 2)
