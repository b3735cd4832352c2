"""Whether two reactor files describe one reactor: all that matters to a run, and not where its instruments answer."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from vapordep.model.instruments import Instrument
from vapordep.model.reactor import Reactor

BESIDE = frozenset({"text", "sha256", "file", "truth"})
"""Fields of a reactor that say nothing about it."""


def differences(one: Reactor, other: Reactor) -> tuple[str, ...]:
    """In which of their parts two reactors differ."""
    names = [field.name for field in fields(Reactor) if field.name not in BESIDE]
    return tuple(name for name in names if _bare(getattr(one, name)) != _bare(getattr(other, name)))


def _bare(value: object) -> object:
    """A part without the places it was read from, and without the addresses of instruments."""
    if is_dataclass(value) and not isinstance(value, type):
        left_out = {"where", "line"} if isinstance(value, Instrument) else {"where"}
        kept = [field.name for field in fields(value) if field.name not in left_out]
        return (type(value), {name: _bare(getattr(value, name)) for name in kept})
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    return tuple(_bare(item) for item in value) if isinstance(value, tuple | list) else value
