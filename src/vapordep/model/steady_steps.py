"""The steps of a plan in which vapour flows steadily, iCVD above all, and the treatments after them."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.lazy import dataclass
from vapordep.model.steps import Step
from vapordep.units import Dimension, format_si


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn(Step):
    """Let vapour of steady sources in, or shut them: mol/s by source; 0 shuts, None opens a needle.

    `places` (0 to 1) are those of needles that a motor moves, by source.
    """

    word = "vapour"
    flows: Mapping[str, float | None]
    places: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPressure(Step):
    """Let the throttle hold `pressure` Pa, steady within the part `tolerance` for `steady` s; or go to a `position`."""

    word = "throttle"
    pressure: float | None = None
    position: float | None = None
    tolerance: float = 0.05
    steady: float = 30.0
    within: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Step):
    """Light the filament, to `temperature` K within `tolerance` K or to `voltage` V, over `ramp` s; 0 V puts it out."""

    word = "filament"
    temperature: float | None = None
    voltage: float | None = None
    tolerance: float = 5.0
    ramp: float = 10.0
    within: float = 300.0


class Blind(StrEnum):
    """What ends a deposition whose crystal says nothing: its time, or nothing but a person."""

    TIME = "time"
    HOLD = "hold"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a deposition, of `duration` s, over which flows go from what they are to its end.

    That end is `flows` in mol/s by source, or with `shares` (0 to 1, 1 in all) the same total, shared anew. Linear, or
    with `s_curve` slow at both ends; without either, nothing changes.
    """

    duration: float
    flows: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    s_curve: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources whose flows change."""
        return (*self.flows, *self.shares)

    def share(self, way: float) -> float:
        """How far the flows are, 0 to 1, when the part `way` of its time is over."""
        return way * way * (3.0 - 2.0 * way) if self.s_curve else way

    def ends(self, begins: Mapping[str, float]) -> Mapping[str, float]:
        """Flows in mol/s of its sources at its end, from those at its beginning."""
        total = sum(begins[name] for name in self.shares)
        return {**self.flows, **{name: share * total for name, share in self.shares.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Step):
    """Let grow until the crystal has taken `thickness` m, `duration` s at the longest; then the filament goes out.

    Over its `legs`, one after the other from its beginning on, flows change.
    """

    word = "deposit"
    duration: float
    thickness: float | None = None
    blind: Blind = Blind.TIME
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero(Step):
    """From here on the film on the crystal counts."""

    word = "zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treat(Step):
    """Plasma or light at `power` W, within the part `tolerance` once warmed up, for `duration` s; then off."""

    word = "treat"
    role: str
    power: float
    duration: float
    warm_up: float
    tolerance: float

    @property
    def label(self) -> str:
        """With role, power and time."""
        power, time = format_si(self.power, Dimension.POWER), format_si(self.duration, Dimension.TIME)
        return f"{self.word} {self.role} {power} {time}"
