"""The interlocks that act by themselves, in the order in which they are judged, and the tags that they read."""

from vapordep.errors import SafetyError
from vapordep.model.interlocks import Action
from vapordep.model.tags import TagKind
from vapordep.safety.interlocks.compiled import Compiled, Interlock


class Watched:
    """What does not change while samples come: places are those in `interlocks`."""

    def __init__(self, compiled: Compiled) -> None:
        self.interlocks = tuple(i for i in compiled.interlocks if i.rule.trips)
        self.patience = {tag.name: tag.stale_after for i in self.interlocks for tag in i.tags}
        """Of each tag the age in s at which it becomes stale."""
        self.readers = {
            name: tuple(n for n, i in enumerate(self.interlocks) if any(tag.name == name for tag in i.tags))
            for name in self.patience
        }
        """Of each tag, the places of those that read it."""
        found = {name: tuple(n for n in ns if _is_read(self.interlocks[n])) for name, ns in self.readers.items()}
        self.read = {name: places for name, places in found.items() if places}
        """Of each tag, what acts with `safe` and reads only what instruments tell: no monitor need look before."""

    def place(self, id: str) -> int:
        """Where the interlock of that id stands; raises SafetyError when none that trips is called so."""
        for place, interlock in enumerate(self.interlocks):
            if interlock.rule.id == id:
                return place
        raise SafetyError(f"no trip is called {id!r}", remedy=f"trips: {', '.join(i.rule.id for i in self.interlocks)}")


def _is_read(interlock: Interlock) -> bool:
    """Whether it makes safe, and reads only what instruments tell."""
    return interlock.rule.action is Action.SAFE and all(tag.kind is not TagKind.DERIVED for tag in interlock.tags)
