"""The rules of a run: how near each interlock came to acting, read from the recording one interlock at a time."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vapordep.app.verdict.course import Course
from vapordep.app.verdict.doses import Read
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Condition
from vapordep.safety.interlocks.compiled import Interlock
from vapordep.safety.interlocks.margins import Nearness, at_commands, over_time
from vapordep.safety.monitors.surface import COVERED
from vapordep.safety.protection import Rules
from vapordep.units import percent

SATURATION = "surface.saturation"


def near(
    rules: Rules, course: Course, pulses: Sequence[PulseRecord], events: Sequence[Event], read: Read
) -> Iterator[Nearness]:
    """Trips over the whole run, permissives at the commands that they let pass; only one's samples are held at a time.

    A permissive without any command is left out.
    """
    for interlock in rules.compiled.interlocks:
        told = _with_numbers(interlock, rules)
        batches = {tag.name: batch for tag in told.tags if (batch := _batch(tag, read)) is not None}
        if interlock.rule.trips:
            yield over_time(told, batches, _heard(told.tags, batches, course.start), course.end)
        elif instants := sorted(_commanded(interlock, rules.reactor, pulses, events)):
            yield at_commands(told, batches, np.array(instants))


def _heard(tags: Sequence[Tag], batches: Mapping[str, Batch], start: float) -> float:
    """From when on the record tells all of `tags`, in s.

    What was read before it began is not on it: a first sample that comes while one from before would still count ends
    no silence, for every tag was read once before a run begins.
    """
    first = [(batches[tag.name].times.item(0), tag.stale_after) for tag in tags if tag.name in batches]
    return max([start, *(time for time, patience in first if time - start <= patience < math.inf)])


def _with_numbers(interlock: Interlock, rules: Rules) -> Interlock:
    """`lithium.covered` says no more than yes or no; the saturation that it is judged by has a number."""
    require = tuple(_saturated(c, rules) if c.tag.name.endswith(".covered") else c for c in interlock.require)
    tags = dict.fromkeys(
        rules.tags[name] for c in (*require, *([interlock.when] if interlock.when else [])) for name in c.tags
    )
    return replace(interlock, require=require, tags=tuple(tags))


def _saturated(condition: Condition, rules: Rules) -> Condition:
    if SATURATION not in rules.tags:
        return condition
    tag = replace(rules.tags[SATURATION], unit=percent)
    return Condition(f"{SATURATION} >= {100 * COVERED:.0f} %", tag, ">=", COVERED)


def _batch(tag: Tag, read: Read) -> Batch | None:
    samples = read(tag.name)
    return None if samples is None else Batch(tag.name, *samples)


def _commanded(
    interlock: Interlock, reactor: Reactor, pulses: Sequence[PulseRecord], events: Sequence[Event]
) -> Iterator[float]:
    """When what an interlock guards was commanded to do something, in s."""
    guards = interlock.rule.guards
    sources = {name for name, source in reactor.sources.items() if source.valve in guards}
    yield from (pulse.commanded_open for pulse in pulses if pulse.intent.source in sources)
    for event in events:
        tag = event.data.get("tag") if event.kind is Kind.COMMAND else None
        if tag in guards and tag in reactor.outputs:
            value = event.data.get("value")
            if isinstance(value, float) and math.isfinite(value) and value != reactor.outputs[str(tag)].off:
                yield event.time
