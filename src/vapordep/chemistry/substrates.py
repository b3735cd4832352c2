"""Substrates as data: what lies on the stage, how hot it may get, what may touch it, how tight the chamber must be."""

from vapordep.chemistry.evidence import Mark, Number
from vapordep.chemistry.laws import celsius
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.substance import Substance
from vapordep.chemistry.substances import SUBSTANCES, substance
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Substrate:
    """One substrate; temperatures in K, leaks in Pa m3/s, `base_pressure` in Pa.

    `cap` bounds what a recipe may ask, at `warning` a person is told, above `trip_ceiling` no reactor may put its trip,
    and `limiter` is the setting of an independent hardware limiter. `hard`: melting sets these limits, so nothing may
    raise them; a soft substrate's are a choice of process that a reactor file may change. `forbidden_gases` may not
    serve as carrier, purge or safe gas. `leak_warn` and `leak_block` judge a rise of pressure before any dose.
    """

    name: str
    aliases: tuple[str, ...]
    melting_point: Number
    cap: float
    warning: float
    trip_ceiling: float
    limiter: float
    limits_mark: Mark
    limits_basis: str
    hard: bool
    forbidden_gases: frozenset[str]
    leak_warn: float
    leak_block: float
    base_pressure: float
    native_surface: str
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names it is found by, the proper one first."""
        return (self.name, *self.aliases)

    def allows_gas(self, gas: str) -> bool:
        """Whether the gas of that name may serve as carrier, purge or safe gas; UnknownName for no known substance."""
        return substance(gas).name not in self.forbidden_gases


DERIVED = "the distances of lithium below its melting point (30, 25, 20 and 10 K), rounded to the safe side"
PROCESS = "a choice of process, far below melting; the steps between the limits are those of lithium"

SUBSTRATES = (
    Substrate(
        name="lithium",
        aliases=("Li", "lithium foil"),
        melting_point=Number(453.65, Mark.P, "[P][S1]: 180.5 degC"),
        cap=celsius(150),
        warning=celsius(155),
        trip_ceiling=celsius(160),
        limiter=celsius(170),
        limits_mark=Mark.D,
        limits_basis="melting point less 5 K sensor, 5 K gradient, 5 K overshoot, 10 K exotherm; trip 20 K below it",
        hard=True,
        forbidden_gases=frozenset({"nitrogen", "oxygen", "ozone", "air", "carbon dioxide", "ammonia"}),
        leak_warn=5e-8,
        leak_block=2e-7,
        base_pressure=1.0,
        native_surface=(
            "Li2CO3, LiOH and Li2O as received, drifting with time: growth is irreproducible and not that of ALD; "
            "self-limiting only on a surface ended by LiOH or Li2O; TMA decomposes at once on porous Li2O [S3]"
        ),
        notes=(
            "2e-7 Pa m3/s of air is about 2 nm of Li2O an hour on 10 cm2 [C].",
            "Creeps and takes indentations long before it melts: 0.87 of its melting point at 120 degC [C].",
            "The base pressure is to be reached with the chamber hot: 5 Pa of water would be 4e4 langmuir a second.",
            "At 20 to 50 degC, the stage window of iCVD, no damage is seen [P].",
        ),
    ),
    Substrate(
        name="sodium",
        aliases=("Na", "sodium foil"),
        melting_point=Number(370.95, Mark.G, "97.8 degC"),
        cap=celsius(67),
        warning=celsius(72),
        trip_ceiling=celsius(77),
        limiter=celsius(87),
        limits_mark=Mark.D,
        limits_basis=DERIVED,
        hard=True,
        forbidden_gases=frozenset({"oxygen", "ozone", "air", "carbon dioxide", "ammonia"}),
        leak_warn=5e-8,
        leak_block=2e-7,
        base_pressure=1.0,
        native_surface="oxide, hydroxide and carbonate, drifting with time [G]",
        notes=("Leak gates and base pressure are those of lithium; forms no nitride with nitrogen [G].",),
    ),
    Substrate(
        name="potassium",
        aliases=("K", "potassium foil"),
        melting_point=Number(336.65, Mark.G, "63.5 degC"),
        cap=celsius(33),
        warning=celsius(38),
        trip_ceiling=celsius(43),
        limiter=celsius(53),
        limits_mark=Mark.D,
        limits_basis=DERIVED,
        hard=True,
        forbidden_gases=frozenset({"oxygen", "ozone", "air", "carbon dioxide", "ammonia"}),
        leak_warn=5e-8,
        leak_block=2e-7,
        base_pressure=1.0,
        native_surface="oxide, peroxide, superoxide and hydroxide; an old crust can explode when cut [G]",
        notes=("Leak gates and base pressure are those of lithium; forms no nitride with nitrogen [G].",),
    ),
    Substrate(
        name="zinc",
        aliases=("Zn", "zinc foil"),
        melting_point=Number(692.68, Mark.G, "ITS-90 freezing point, 419.5 degC"),
        cap=celsius(150),
        warning=celsius(155),
        trip_ceiling=celsius(160),
        limiter=celsius(170),
        limits_mark=Mark.D,
        limits_basis=(
            "zinc evaporates: some 1e-5 Pa at 150 degC take about 10 nm an hour, ten times more at 180 degC [G]; the "
            "steps between the limits are those of lithium"
        ),
        hard=False,
        forbidden_gases=frozenset({"oxygen", "ozone", "air"}),
        leak_warn=5e-7,
        leak_block=2e-6,
        base_pressure=5.0,
        native_surface="ZnO, hydroxide and basic carbonate [G]",
        notes=(
            "Leak gates and base pressure are those of copper.",
            "Its vapour condenses on colder walls and coats them.",
        ),
    ),
    Substrate(
        name="copper",
        aliases=("Cu", "copper foil", "copper nanowires"),
        melting_point=Number(1357.77, Mark.G, "ITS-90 freezing point"),
        cap=celsius(250),
        warning=celsius(255),
        trip_ceiling=celsius(260),
        limiter=celsius(270),
        limits_mark=Mark.D,
        limits_basis=PROCESS,
        hard=False,
        forbidden_gases=frozenset({"oxygen", "ozone", "air"}),
        leak_warn=5e-7,
        leak_block=2e-6,
        base_pressure=5.0,
        native_surface="Cu2O and CuO [G]",
        notes=("The warning of a leak keeps lithium's distance to the block, a factor of 4 [D].",),
    ),
    Substrate(
        name="silicon",
        aliases=("Si", "silicon wafer", "wafer"),
        melting_point=Number(1687.0, Mark.G, "1414 degC"),
        cap=celsius(350),
        warning=celsius(355),
        trip_ceiling=celsius(360),
        limiter=celsius(370),
        limits_mark=Mark.D,
        limits_basis=PROCESS + "; covers the growth tables, below the 450 degC at which a reading counts as invalid",
        hard=False,
        forbidden_gases=frozenset(),
        leak_warn=5e-7,
        leak_block=2e-6,
        base_pressure=5.0,
        native_surface="native oxide ended by hydroxyl [G]",
        notes=("The warning of a leak keeps lithium's distance to the block, a factor of 4 [D].",),
    ),
)
"""One entry a substrate."""

_REGISTER = Register("substrate", SUBSTRATES)


def substrate(name: str) -> Substrate:
    """The substrate of that name or symbol; UnknownName, with near spellings, without one."""
    return _REGISTER.find(name)


def attackers(name: str) -> tuple[Substance, ...]:
    """All substances that attack the bare substrate of that name or symbol, in the order of the table of substances."""
    proper = substrate(name).name
    return tuple(entry for entry in SUBSTANCES if proper in entry.attacks)
