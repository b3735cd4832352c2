"""Sources of a reactor: bottles and gases, and how their vapour leaves them; SI."""

from math import inf

from vapordep.lazy import dataclass
from vapordep.model.deliveries import Boost, Bubbler, Generator, Motor
from vapordep.model.icvd import MeasuredPressure

VAPOUR_DRAW, NEEDLE, VAPOUR_MFC = "vapour_draw", "needle", "vapour_mfc"
"""How vapour leaves a bottle: in pulses, through a needle, through a flow controller."""
BUBBLER, BOOSTED, GENERATOR, GAS, MOTOR_NEEDLE = "bubbler", "boosted", "generator", "gas", "motor_needle"
"""Carried by a gas, pushed by one, made of one, a gas of itself, through a needle that a motor moves."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A bottle with its delivery: K, s, mol; `zone` names the heater when it has one."""

    name: str
    substance: str
    delivery: str
    valve: str
    shortest_pulse: float
    temperature: float
    zone: str = ""
    content: float | None = None
    flow: float | None = None
    """What a needle gives, in mol/s, as a flow check proved it at the source's temperature ..."""
    against: float = 0.0
    """... against so many Pa in the chamber."""
    proven: str = ""
    """The day of that flow check."""
    line: str = ""
    """The zone of the way to the chamber, when it is known."""
    vapour_pressure: MeasuredPressure | None = None
    instrument_pulse: bool = False
    """Whether the instrument itself times the pulse, where the width allows."""
    pressure_set: str = ""
    """Which of several published vapour-pressure fits is meant; empty means the default one."""
    pressure: float | None = None
    """Of a gas: what its regulator gives, in Pa."""
    bubbler: Bubbler | None = None
    boost: Boost | None = None
    generator: Generator | None = None
    motor: Motor | None = None
    bottle: str = ""
    """How the bottle that stands there is called on record; `content` then is what is left in it ..."""
    taken: float = 0.0
    """... and this what runs took since it was weighed: it is only as good as their readings."""
    where: str = ""

    @property
    def steady(self) -> bool:
        """Whether it gives a steady flow while it is open, instead of pulses."""
        return self.delivery in (NEEDLE, MOTOR_NEEDLE) or self.metered or self.bubbles

    @property
    def bubbles(self) -> bool:
        """Whether its carrier brings a steady flow of it, for as long as its valve is open."""
        return self.bubbler is not None and self.shortest_pulse == inf

    @property
    def left_tag(self) -> str:
        """What is left at least in a bottle whose vapour no gauge tells from the gas behind it; empty for others."""
        return "" if self.steady or not (self.bubbler or self.boost) else f"{self.name}.left"

    @property
    def metered(self) -> bool:
        """Whether a flow controller sets its flow: tags `<name>.flow`, `<name>.flow_setpoint`."""
        return self.delivery == VAPOUR_MFC or (self.delivery == GAS and self.pressure is None)

    @property
    def through(self) -> str:
        """The gas line that carries or feeds it, and leads nowhere else; empty for most."""
        carried = self.bubbler or self.generator
        return carried.through if carried else ""
