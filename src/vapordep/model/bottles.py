"""Bottles as records: what stands at a source, since when, and how much of it is left."""

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Bottle:
    """One bottle of one source: masses in kg, amounts in mol, days as ISO 8601.

    `mass` is what it held when it was installed or last weighed, net of the empty bottle, `used` what runs have taken
    since then. `removed` is empty while it stands there.
    """

    number: int
    source: str
    substance: str
    lot: str
    filled: float
    installed: str
    person: str
    mass: float
    weighed: str = ""
    used: float = 0.0
    removed: str = ""

    def left(self, molar_mass: float) -> float:
        """What is left in mol, never below 0; `molar_mass` in kg/mol."""
        return max(self.mass / molar_mass - self.used, 0.0)

    @property
    def called(self) -> str:
        """How people speak of it."""
        return f"lot {self.lot}, installed {self.installed}" if self.lot else f"installed {self.installed}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """All bottles that a reactor ever had, in the order in which they came; lines of the record that are not whole."""

    bottles: tuple[Bottle, ...] = ()
    damaged: tuple[int, ...] = ()
    runs: frozenset[str] = frozenset()
    """The runs whose use is entered."""

    def at(self, source: str) -> Bottle | None:
        """The bottle that stands at a source; None where nobody told of one."""
        standing = [bottle for bottle in self.bottles if bottle.source == source and not bottle.removed]
        return standing[-1] if standing else None
