"""Every way of tampering with the events of a recording shows."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.history import chain
from vapordep.history.chain import Head, Link, breaks, canonical, digest, genesis, link
from vapordep.model.commands import Source
from vapordep.model.events import Kind

START = genesis('{"run_id":"run-1"}')


def chain_of(count: int) -> tuple[list[Link], Head]:
    links, head = [], START
    for index in range(count):
        links.append(link(head, index / 10, "step", f"step {index}", {"n": index}))
        head = Head(links[-1].hash, links[-1].seq)
    return links, head


def test_a_true_chain_is_whole() -> None:
    links, head = chain_of(5)
    assert breaks(links, START, head) == []


@pytest.mark.parametrize(
    ("field", "value"), [("t", 9.0), ("kind", "alarm"), ("text", "other"), ("data", '{"n":7}'), ("prev", "00" * 32)]
)
def test_an_edited_event_shows(field: str, value: object) -> None:
    links, head = chain_of(5)
    links[2] = links[2]._replace(**{field: value})
    assert any("event 3" in problem for problem in breaks(links, START, head))


def test_an_edited_event_with_its_hash_made_anew_shows_at_the_next_one() -> None:
    links, head = chain_of(5)
    edited = links[2]._replace(text="other")
    links[2] = edited._replace(hash=digest(edited))
    assert breaks(links, START, head) == ["event 4 does not follow from the one before it"]


def test_the_next_event_cannot_be_made_to_follow_an_edited_one() -> None:
    """Its own hash stands for what it followed."""
    links, head = chain_of(5)
    edited = links[2]._replace(text="other")
    links[2] = edited._replace(hash=digest(edited))
    links[3] = links[3]._replace(prev=links[2].hash)
    assert breaks(links, START, head) == ["event 4 was changed"]


def test_an_edit_that_is_carried_on_to_the_end_shows_against_the_stored_head() -> None:
    links, head = chain_of(5)
    for place in range(2, 5):
        edited = links[place]._replace(text="other", prev=links[place - 1].hash)
        links[place] = edited._replace(hash=digest(edited))
    assert breaks(links, START) == []
    assert breaks(links, START, head) == ["the chain ends at event 5, not at the event 5 that was sealed"]


def test_a_deleted_event_shows() -> None:
    links, head = chain_of(5)
    del links[2]
    assert breaks(links, START, head) == ["event 3 is missing: event 4 stands in its place"]


def test_swapped_events_show() -> None:
    links, head = chain_of(5)
    links[1], links[2] = links[2], links[1]
    assert breaks(links, START, head)


def test_a_cut_end_shows_against_the_stored_head_only() -> None:
    links, head = chain_of(5)
    assert breaks(links[:-1], START) == []
    assert breaks(links[:-1], START, head) == ["the chain ends at event 4, not at the event 5 that was sealed"]


def test_a_chain_moved_to_another_run_shows() -> None:
    links, head = chain_of(5)
    assert breaks(links, genesis('{"run_id":"run-2"}'), head)


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    numbers: tuple[float, ...]


def test_canonical_text_is_one_whatever_the_order_and_type() -> None:
    assert canonical({"b": 1, "a": np.float64(2.5)}) == canonical({"a": 2.5, "b": np.int64(1)}) == '{"a":2.5,"b":1}'
    assert canonical(Thing("x", (float("nan"), -0.0))) == '{"name":"x","numbers":[null,0.0]}'


@given(st.text(st.characters()), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_instant_can_be_linked(text: str, t: float) -> None:
    stored = link(START, t, "step", text, {"text": text})
    assert breaks([stored], START) == []
    stored.text.encode()


PLAIN = st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.sampled_from([*Kind, *Source]))


@given(st.dictionaries(st.text(), PLAIN), st.lists(PLAIN).map(tuple))
def test_the_quick_way_writes_what_the_general_one_does(data: dict[str, object], row: tuple[object, ...]) -> None:
    assert (chain._table(data) or chain._general(data)) == chain._general(data)
    assert (chain._row(row) or chain._general(row)) == chain._general(row)


def test_what_a_command_tells_goes_the_quick_way() -> None:
    told = {"tag": "TMA.valve", "value": 1.0, "source": Source.RECIPE, "safe": 3, "armed": True}
    assert chain._table(told) == '{"armed":true,"safe":3,"source":"recipe","tag":"TMA.valve","value":1.0}'
    assert chain._row((1, 0.5, "command", "a text", "{}", "prev")) == '[1,0.5,"command","a text","{}","prev"]'
