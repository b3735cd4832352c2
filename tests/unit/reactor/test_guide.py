"""The reactor that the how-to guide shows can be read, and a recipe can be checked against it."""

import re
from pathlib import Path

import pytest

from tests.unit.reactor.files import ROOT, written
from vapordep.chemistry import substrate
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.reactor.table import tag_table, with_derived
from vapordep.recipe import read_recipe

GUIDE = (ROOT / "docs" / "how-to" / "describe-a-reactor.md").read_text(encoding="utf-8")


@pytest.fixture
def reactor(tmp_path: Path) -> Reactor:
    [text] = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
    path = tmp_path / "guide.yaml"
    path.write_text(text, encoding="utf-8")
    return read_reactor(path)


def test_the_guides_reactor_takes_a_recipe(reactor: Reactor, tmp_path: Path) -> None:
    steps = "- heat: {stage: 120 degC}\n- dose: {source: TMA, pulse: 50 ms}\n- purge: {for: 30 s}"
    assert read_recipe(written(tmp_path, steps, "lithium"), reactor).plan.pulses == 1


def test_the_guides_derived_tags_are_those_there_are(reactor: Reactor) -> None:
    filled = tag_table(reactor)
    derived = with_derived(filled, reactor, substrate("lithium")).keys() - filled.keys()
    [told] = re.findall(r"derived ones: (.*?)\.\n", GUIDE, flags=re.DOTALL)
    names = {name.replace("<line>", "carrier").replace("<source>", "TMA") for name in re.findall(r"`([\w.<>]+)`", told)}
    assert names <= derived | {"lithium.covered"}
