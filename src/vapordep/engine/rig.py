"""The rig: all that a phase may touch while it runs - the reactor, its clock, its values, and the one gate."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from vapordep.chemistry import Substrate
from vapordep.clock import Clock
from vapordep.devices.frames import Edges
from vapordep.devices.hub import Hub
from vapordep.devices.waits import Awaited
from vapordep.engine.clearing import Clearing
from vapordep.engine.drifting import Drifting
from vapordep.engine.overshoot import Overshoots
from vapordep.engine.timeline import Timeline
from vapordep.engine.trace import Trace
from vapordep.errors import CommandRefused, RunError
from vapordep.model.batches import BAD
from vapordep.model.commands import Command, Pulse, Source
from vapordep.model.events import Event, Kind, Value
from vapordep.model.questions import Answer, Question
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.safety.outputs.gate import Gate
from vapordep.units import Dimension, format_si

OPEN, CLOSED = 1.0, 0.0
PRESSURE = "chamber.pressure"
LID_REMEDY = "close the lid; the step that opened it must end first, for only a person can say so"


def _unseen(*_: str) -> None:
    """Nobody looks."""


@dataclass
class Rig:
    """One reactor in the hands of one run. All values are SI."""

    reactor: Reactor
    substrate: Substrate
    clock: Clock
    hub: Hub
    gate: Gate
    log: Callable[[Event], None]
    ask: Callable[[Question], Awaitable[Answer]]
    """Asks a person, and returns what they answered."""
    warn: Callable[[str], None] = _unseen
    """Tells a person at once what cannot wait for the report."""
    loaded: Callable[[], None] = _unseen
    """Tells the safety core that what lies on the stage is not what lay there before."""
    walls_bare: Callable[[], None] = _unseen
    """Tells the safety core that nothing is left on the walls of what was dosed before."""
    show: Callable[[], None] = _unseen
    """Shows a person where the run is, and takes their orders, also when no reading comes that would do so."""
    timeline: Timeline = field(init=False)
    pressure: Trace = field(init=False)
    """What the chamber's pressure was lately."""
    warmth: Trace = field(init=False)
    """What the temperature of the chamber's gas was lately: that of the hot walls, else of the stage."""
    crystal: Trace | None = field(init=False, default=None)
    """What the crystal showed lately, where there is one."""
    clearing: Clearing = field(init=False)
    opened: bool = False
    """Whether the lid is open, or about to be: nothing may pump or flow."""
    unchecked: bool = False
    """Whether the lid was opened or a leak check begun, and none was passed since."""
    bare_crystal: float = float("nan")
    """What the crystal showed, in m, when the filament was lit: from then on there is growth. NaN while it is out."""
    overshoots: Overshoots = field(default_factory=Overshoots)
    """What is known of how films end that a crystal watches."""
    bottles: Mapping[str, SourceLine] = field(default_factory=dict)
    """The sources with what is left in their bottles; empty where that is what the reactor says."""
    drifting: Drifting | None = None
    """Who warns of what drifts."""
    deposited: list[float] = field(default_factory=list)
    """What each deposition that is over has added by the crystal, in m for the stage; NaN where that told nothing."""
    stirred: float = math.inf
    """When the run first changed what flows or is pumped since the last dose, s on the clock; infinity: not yet."""
    waiting_for: str = ""
    """What the run waits for just now, in words; empty when it follows its timeline."""

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.clock)
        self.pressure = Trace(PRESSURE)
        self.clearing = Clearing(self.pressure, self.reactor.chamber.residence_time)
        self.warmth = Trace(f"{self.reactor.gas_zone}.temperature")
        if self.reactor.microbalance is not None:
            self.crystal = Trace(self.reactor.microbalance.thickness)
        for trace in (self.pressure, self.warmth, self.crystal):
            if trace is not None:
                self.hub.listen(trace.take, (trace.tag,))

    @cached_property
    def openings(self) -> tuple[str, ...]:
        """The outputs that connect the chamber to its pump and its gases; asked for at every step."""
        pump, lines = self.reactor.pump, self.reactor.lines.values()
        gases = (tag for line in lines for tag in (line.valve, f"{line.name}.flow_setpoint"))
        return tuple(tag for tag in (pump.valve, pump.soft_valve, *gases) if tag)

    @cached_property
    def stirring(self) -> frozenset[str]:
        """The outputs that change the pressure when they change: the `openings`, steady sources and the throttle."""
        steady = (source.valve for source in self.reactor.sources.values() if source.steady)
        throttle = self.reactor.throttle
        places = (throttle.pressure_setpoint, throttle.position_setpoint) if throttle else ()
        return frozenset((*self.openings, *steady, *places))

    def value(self, tag: str) -> float:
        """The latest value of `tag`; NaN when there is none or it is not usable."""
        sample = self.hub.latest.get(tag)
        return math.nan if sample is None or sample.quality is BAD else sample.value

    @property
    def under_filament(self) -> float:
        """What the crystal has taken since the filament was lit, in m for the stage; 0 while it is out, NaN unknown."""
        balance = self.reactor.microbalance
        if self.filament_is_out:
            return 0.0
        return math.nan if balance is None else (self.value(balance.thickness) - self.bare_crystal) / balance.tooling

    @property
    def filament_is_out(self) -> bool:
        """Whether nothing grows under it."""
        filament = self.reactor.filament
        return filament is None or self.value(filament.on) == CLOSED

    def note(self, kind: Kind, text: str, **data: Value) -> None:
        """Logs an event at this instant."""
        self.log(Event(self.clock.now(), kind, text, data))

    def open_up(self) -> None:
        """The lid is about to be opened: the `openings` stay shut until a person has said that it is closed."""
        self.opened = self.unchecked = True

    async def command(self, tag: str, value: float, reason: str, *, unless_off: bool = False) -> None:
        """Asks the gate; raises CommandRefused and what the instrument raises."""
        if self.opened and value != CLOSED and tag in self.openings:
            self._refuse(tag, f"{tag} may not open for {reason}: the lid is open", LID_REMEDY)
        if self.stirred == math.inf and tag in self.stirring and value != self.value(tag):
            self.stirred = self.clock.now()
        await self.gate.command(Command(tag, value, Source.RECIPE, reason), unless_off=unless_off)

    async def pulse(self, source: str, at: float, width: float, reason: str) -> Edges:
        """One opening of a source's valve at the instant `at` for `width` s.

        Raises CommandRefused and what the instrument raises. What the gate cannot know, the lid, is judged here (P4).
        """
        self._refuse_opened(source)
        return await self.gate.pulse(Pulse(self.reactor.sources[source].valve, at, width, reason))

    async def boost(self, source: str, at: float, width: float, reason: str) -> Edges:
        """One opening of the valve that lets gas into the bottle of a source, behind its vapour; raises as `pulse`."""
        self._refuse_opened(source)
        boost = self.reactor.sources[source].boost
        if boost is None:
            self._refuse(source, f"no gas pushes the vapour of {source}", "leave out `boost`")
        return await self.gate.pulse(Pulse(boost.valve, at, width, reason))

    def _refuse_opened(self, source: str) -> None:
        if self.opened:
            self._refuse(source, f"{source} may not be dosed: the lid is open", LID_REMEDY)
        if self.unchecked and self.substrate.hard:
            told = f"{source} may not be dosed: no leak check was passed since the lid was open or the last one begun"
            self._refuse(source, told, "do a `leak_check` after pumping")

    async def until(self, holds: Awaited, within: float, what: str, on: Collection[str] = ()) -> None:
        """Waits until a question or a condition is true; raises RunError that says what did not come true `within` s.

        `what` begins with the tag it is about, whose value the error tells; `on` names all tags that a question reads.
        """
        self.waiting_for = what
        try:
            async with self.clock_timeout(within):
                await self.hub.until(holds, on)
        except TimeoutError:
            limit = format_si(within, Dimension.TIME)
            raise RunError(f"{what} did not come true within {limit}", remedy=self._now(what)) from None
        finally:
            self.waiting_for = ""

    def clock_timeout(self, within: float) -> asyncio.Timeout:
        """A time-out on the rig's clock, whichever it is."""
        return asyncio.timeout(within)

    def _refuse(self, where: str, what: str, remedy: str) -> NoReturn:
        self.note(Kind.REFUSED, f"{what} (P4)", tag=where, interlocks="P4")
        raise CommandRefused(what, where=where, remedy=remedy)

    def _now(self, what: str) -> str:
        tag = what.split(" ", 1)[0]
        dimension = self.hub.tags[tag].dimension if tag in self.hub.tags else None
        return f"it is {format_si(self.value(tag), dimension)} now" if dimension else "see the trends"
