"""Silence: which instruments say nothing, where an interlock acts because it cannot be judged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vapordep.model.instruments import Cell
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, Truth, names_in, usable_value
from vapordep.safety.interlocks.compiled import Trip
from vapordep.safety.monitors.monitor import Monitor


@dataclass(frozen=True, slots=True)
class Silent:
    """The tags without a usable value behind a trip, and the instruments that read them."""

    tags: tuple[str, ...]
    instruments: tuple[str, ...]
    wholly: bool
    """Whether these instruments give no value at all."""


FindSilent = Callable[[Trip, Latest], Silent | None]
"""What is silent behind a trip, if that is why it acted."""


class Silence:
    """Knows of every derived tag what it is derived from, and of every tag which instrument reads it."""

    def __init__(self, wiring: Mapping[Cell, str], tags: Mapping[str, Tag], monitors: Iterable[Monitor[Any]]) -> None:
        self._tags = tags
        self._read_by = {tag: cell.instrument for cell, tag in wiring.items()}
        self._inputs = {monitor.tag.name: monitor.inputs for monitor in monitors}

    def behind(self, trip: Trip, latest: Latest) -> Silent | None:
        """What is silent behind a trip of which nothing is known to be wrong; None when something is."""
        if any(unmet.truth is not Truth.UNKNOWN for unmet in trip.unmet):
            return None
        read = dict.fromkeys(
            leaf for unmet in trip.unmet for name in names_in(unmet.term) for leaf in self._leaves(name)
        )
        silent = tuple(name for name in read if self._is_silent(name, latest, trip.time))
        if not silent:
            return None
        instruments = tuple(dict.fromkeys(self._read_by[name] for name in silent))
        others = [name for name, instrument in self._read_by.items() if instrument in instruments]
        return Silent(silent, instruments, self._all_silent(others, latest, trip.time))

    def _leaves(self, name: str) -> Iterator[str]:
        """The tags of instruments that `name` is or is derived from."""
        if name in self._read_by:
            yield name
        else:
            for source in self._inputs.get(name, ()):
                yield from self._leaves(source)

    def _all_silent(self, names: Sequence[str], latest: Latest, now: float) -> bool:
        return all(self._is_silent(name, latest, now) for name in names if name in self._tags)

    def _is_silent(self, name: str, latest: Latest, now: float) -> bool:
        return usable_value(latest, self._tags[name], now) is None
