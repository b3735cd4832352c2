"""The case: what a plan is judged against, and how its quantities are shown to people."""

from collections.abc import Mapping

from vapordep.chemistry import Kinetics, Substrate, UnknownName, kinetics
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.safety.substances import Uptake, attacking_lines, attacking_sources, covering_precursors
from vapordep.units import Dimension, format_si

D = Dimension


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan is judged against; `foil_limit` is the hottest foil in K that a setpoint may ask for."""

    reactor: Reactor
    substrate: Substrate
    tags: Mapping[str, Tag]
    foil_limit: float
    harmful: tuple[str, ...]
    """Gas lines whose gas attacks the substrate."""
    attacking: tuple[str, ...]
    """Sources that attack the bare substrate."""
    covering: Mapping[str, Uptake]
    """Valves of the metal precursors that cover it, with k in 1/(Pa s) against K."""

    @classmethod
    def of(cls, reactor: Reactor, substrate: Substrate, tags: Mapping[str, Tag], foil_limit: float) -> "Case":
        """The case of one substrate in one reactor."""
        return cls(
            reactor,
            substrate,
            tags,
            foil_limit,
            attacking_lines(reactor, substrate),
            attacking_sources(reactor, substrate),
            covering_precursors(reactor, substrate),
        )

    def kinetics(self, source: str) -> Kinetics | None:
        """The surface kinetics of what a source holds; None when nobody gave any."""
        try:
            return kinetics(self.reactor.sources[source].substance)
        except UnknownName:
            return None


def pressure_shown(value: float) -> str:
    """A pressure in Pa for people."""
    return format_si(value, D.PRESSURE)


def celsius(value: float) -> str:
    """A temperature in K for people."""
    return format_si(value, D.TEMPERATURE)


def rate_shown(value: float) -> str:
    """A heating rate in K/s for people."""
    return format_si(value, D.TEMPERATURE_RATE)


def time_shown(value: float) -> str:
    """A time in s for people."""
    return format_si(value, D.TIME)
