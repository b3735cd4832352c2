"""How the vapour of a source gets to the chamber, where that takes more than its own valve; SI."""

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Bubbler:
    """The gas of the line `through` bubbles through the bottle, which a regulator holds at `pressure` Pa."""

    through: str
    pressure: float


@dataclass(frozen=True, slots=True)
class Boost:
    """The output `valve` lets the inert `gas` of a regulator at `pressure` Pa into the bottle, behind its vapour."""

    valve: str
    gas: str
    pressure: float


@dataclass(frozen=True, slots=True)
class Generator:
    """It makes, of the oxygen of the line `through`, the mass `fraction` of ozone, some `warm_up` s after it is on.

    `power` is the output that switches it, `ready` the state that says it has been on for so long, and fed.
    """

    through: str
    fraction: float
    power: str
    warm_up: float
    ready: str


@dataclass(frozen=True, slots=True)
class Motor:
    """A motor that opens a needle: the tags of its place and its setpoint, and the place `at` which it was proven."""

    position: str
    setpoint: str
    at: float
