"""Whatever stands in the place of one value, a file is read or refused with its line; nothing else ever happens."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.reactor.files import REACTOR, RECIPE
from vapordep.errors import InputError
from vapordep.files import Document, KeyPath, read_yaml
from vapordep.reactor import read_reactor, reader
from vapordep.recipe import examination, read_recipe

ODD = (
    None, True, 0, -1, 1.5, 10**15, "", "x", "$x", "$cycles", "5", "5 Pa", "-5 s", "1e300 s", "nan s", "0 K",
    "1000 degC", "valves[0]", "carrier", "TMA.valve", "stage", "open", "off", "prime", "2 samples", "é", [], {},
    ["a"], {"a": 1},
)  # fmt: skip


def places(part: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Where anything stands in a document, but for the root."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoilt(document: Document, path: KeyPath, value: Any) -> Document:
    data = copy.deepcopy(document.data)
    holder: Any = data
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return replace(document, data=data)


SHIPPED = {path: read_yaml(path) for path in (REACTOR, RECIPE)}
PLACES = {path: sorted(places(document.data), key=str) for path, document in SHIPPED.items()}


def read_or_refused(path: Path, module: Any, read: Callable[[], object], place: KeyPath, value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "read_yaml", lambda _: spoilt(SHIPPED[path], place, value))
        try:
            read()
        except InputError as error:
            for finding in error.findings:
                assert finding.where.startswith(f"{path}:"), finding
                assert finding.remedy, finding


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(PLACES[REACTOR]), value=st.sampled_from(ODD))
def test_any_reactor_file(place: KeyPath, value: Any) -> None:
    read_or_refused(REACTOR, reader, lambda: read_reactor(REACTOR), place, value)


REACTOR_READ = read_reactor(REACTOR)


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(PLACES[RECIPE]), value=st.sampled_from(ODD))
def test_any_recipe_file(place: KeyPath, value: Any) -> None:
    read_or_refused(RECIPE, examination, lambda: read_recipe(RECIPE, REACTOR_READ), place, value)
