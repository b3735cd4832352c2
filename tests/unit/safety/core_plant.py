"""What a walk of the safety core happens to: scripted instruments that tell what is written, and a true foil."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.unit.safety.core_model import ICE, SOURCES
from tests.unit.safety.rig import P1, WIRING, Box, instrument_tags, reactor
from vapordep.model.chamber import Zone
from vapordep.model.instruments import Cell
from vapordep.model.interlocks import Action, InterlockRule

RAMP = 1.0
"""How fast the oven heats and cools, in K/s."""
WORST = 6.0
"""The foil is so much warmer than the stage reads, in K: offset and error of the sensor together."""
RULES = (
    replace(P1, when="", action=Action.HOLD),
    InterlockRule("G1", ("chamber.pressure < 1 kPa",), "g.", guards=(*SOURCES, "stage.setpoint")),
    InterlockRule("F1", ("carrier.flow > 5 sccm",), "f.", guards=SOURCES),
    InterlockRule("F2", ("carrier.flow > 1 sccm",), "f.", trip_after_time=2.0),
    InterlockRule("T2", ("stage.temperature > -20 degC", "stage.temperature < 450 degC"), "t.", trip_after_samples=2),
)
WHOLE = reactor(interlocks=RULES, zones={"stage": Zone("stage", RAMP)})
STUCK = ("valve0", "valve1", "valve2")


def _register(cell: Cell) -> str:
    return cell.signal if cell.index is None else f"valve{cell.index}"


CELLS = {(cell.instrument, _register(cell)): (tag, instrument_tags()[tag].unit) for cell, tag in WIRING.items()}
"""What each register holds, and in which unit."""


@dataclass
class Instrument(Box):
    """A box that tells who listens what was written, before it obeys."""

    told: Callable[[str, float], None] = lambda register, value: None

    def can_move(self, register: str) -> bool:
        """Whether it would obey."""
        return register not in self.stuck | self.refuses

    def answer(self, question: str, now: float, later: Callable[[float, Callable[[], None]], object]) -> str | None:
        word, *rest = question.split()
        if word != "r" and not self.mute and not self.deaf_to:
            self.told(rest[0], float(rest[1]) if word == "w" else 1.0)
        return super().answer(question, now, later)


@dataclass
class Oven:
    """The foil's true temperature (K) follows the setpoint at the rate that the reactor file states."""

    box: Box
    true: float
    at: float = 0.0

    def go(self, now: float) -> None:
        wanted, step = self.box.registers["setpoint"] + ICE, RAMP * (now - self.at)
        self.true += max(-step, min(step, wanted - self.true))
        self.at = now
