"""The tag table: every named quantity of a reactor, with its unit, range and patience."""

from collections.abc import Mapping

from vapordep.chemistry import Substrate
from vapordep.devices.catalogue import driver
from vapordep.devices.device import Device
from vapordep.model.instruments import Cell
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.units import to_si

UNPOLLED = 2.0
"""How long a value counts, in s, that no exchange of its instrument fills."""


def tag_table(reactor: Reactor) -> dict[str, Tag]:
    """The tags that instruments fill, by name; derived tags come from the monitors."""
    drivers = {name: driver(instrument.driver) for name, instrument in reactor.instruments.items()}
    return {tag: _tag(drivers[cell.instrument], cell, tag) for cell, tag in reactor.wiring.items()}


def with_derived(tags: Mapping[str, Tag], reactor: Reactor, substrate: Substrate) -> dict[str, Tag]:
    """The tags that instruments fill, and those that the monitors derive from them, by name.

    Raises ReactorError when `substrate` could melt in this reactor.
    """
    return {**tags, **{monitor.tag.name: monitor.tag for monitor in monitors_of(reactor, substrate, tags)}}


def channel_tags(reactor: Reactor, instrument: str) -> Mapping[str, str]:
    """For one instrument: each channel by its key, such as `valve[3]`, and the tag it is known by."""
    return {cell.key: tag for cell, tag in reactor.wiring.items() if cell.instrument == instrument}


def _tag(kind: type[Device], cell: Cell, name: str) -> Tag:
    signal = kind.signals[cell.signal]
    return Tag(
        name,
        signal.unit,
        TagKind.SETPOINT if signal.writable else TagKind.READBACK,
        low=to_si(signal.low, signal.unit),
        high=to_si(signal.high, signal.unit),
        stale_after=_patience(kind, signal.name),
        exchange=cell.instrument,
    )


def _patience(kind: type[Device], signal: str) -> float:
    """That of the exchange that fills the signal: a slow one beside it must not keep a dead reading alive, in s."""
    return min((poll.stale_after for poll in kind.polls if signal in kind.filled_by(poll)), default=UNPOLLED)
