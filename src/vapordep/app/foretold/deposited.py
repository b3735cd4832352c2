"""What a loop deposits, as the plan tells: its layers, how many of them a cycle has, and the metals it doses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from vapordep.chemistry import Role, substance
from vapordep.model.plan import Block
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose

METALS = re.compile(r"(Al|Li|Ti|Zn)(?![a-z])")
"""The metals of the precursors that chemistry knows, in their formulas."""


def layers_in(block: Block) -> list[str]:
    """The names of the layers that a block deposits: its own, or those of the blocks within."""
    if block.layer:
        return [block.layer]
    return [name for inner in _blocks(block) for name in layers_in(inner)]


def turns(block: Block) -> tuple[int, ...]:
    """How many layers each of its cycles has, which the film tells one by one; nothing of a loop that is a layer."""
    return () if block.layer else (_layers(block),) * block.count


def metals(block: Block, reactor: Reactor) -> Mapping[str, int]:
    """How many doses of each metal, by its symbol, one cycle takes; of a loop that varies, all of it."""
    found = Counter[str]()
    for step in block.steps:
        if isinstance(step, Block):
            for metal, doses in metals(step, reactor).items():
                found[metal] += doses * step.count
        elif isinstance(step, Dose) and (metal := _metal(reactor.sources[step.source].substance)):
            found[metal] += 1
    return dict(found)


def _layers(block: Block) -> int:
    """How many layers one cycle has."""
    return sum(1 if inner.layer else inner.count * _layers(inner) for inner in _blocks(block))


def _blocks(block: Block) -> Iterator[Block]:
    return (step for step in block.steps if isinstance(step, Block))


def _metal(name: str) -> str:
    """The symbol of a precursor's metal; empty for anything else."""
    dosed = substance(name)
    found = METALS.search(dosed.formula) if dosed.role is Role.PRECURSOR else None
    return found[0] if found else ""
