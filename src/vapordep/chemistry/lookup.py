"""Finding an entry of a table by any of its names, and saying what was probably meant when there is none."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, Generic, Protocol, TypeVar

from vapordep.errors import UnknownName


class Named(Protocol):
    """An entry that can be found: by its name and by its other names."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the proper one first."""
        ...


Entry = TypeVar("Entry", bound=Named)


_VARIED: Final = str.maketrans("", "", " -_")


def normalised(name: str) -> str:
    """The name without what people vary: case, spaces, hyphens, underscores."""
    return name.casefold().translate(_VARIED)


class Register(Generic[Entry]):
    """The entries of one table, each under all its names; two entries may not share a name (ValueError)."""

    def __init__(self, kind: str, entries: Iterable[Entry]) -> None:
        self.kind = kind
        self.entries = tuple(entries)
        self._by_name: dict[str, Entry] = {}
        for entry in self.entries:
            for name in entry.names:
                if self._by_name.setdefault(normalised(name), entry) is not entry:
                    raise ValueError(f"{kind} {name!r} stands for two entries")

    def find(self, name: str) -> Entry:
        """The entry of that name, alias or number; UnknownName when there is none."""
        entry = self._by_name.get(normalised(name))
        if entry is None:
            raise unknown(self.kind, name, {known: entry.names for entry in self.entries for known in entry.names})
        return entry


def unknown(kind: str, name: str, known: Mapping[str, tuple[str, ...]]) -> UnknownName:
    """The error for a name that is not in `known` (name -> all names of its entry), with up to three near spellings."""
    spellings = {normalised(spelling): names for spelling, names in known.items()}
    near = [spellings[match] for match in get_close_matches(normalised(name), spellings, n=6, cutoff=0.6)]
    if near:
        meant = ", ".join(dict.fromkeys(" = ".join(names[:2]) for names in near[:3]))
        return UnknownName(f"no {kind} is called {name!r}", remedy=f"Write what was meant, perhaps {meant}.")
    proper = ", ".join(dict.fromkeys(min(names, key=len) for names in known.values()))
    return UnknownName(f"no {kind} is called {name!r}", remedy=f"Write one of: {proper}.")
