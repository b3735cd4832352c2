"""How fast substances fill a surface and leave it: Langmuir constants and residual-gas time constants as data."""

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.laws import Arrhenius, Constant, Interpolated, Langmuir, Law, arrhenius_energy, celsius
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.substances import substance
from vapordep.lazy import dataclass

COOL, HOT, MIDDLE = celsius(100), celsius(200), celsius(120)
RANGE = (celsius(85), HOT)
"""The two published rows, and the 15 K below them to which their interpolation is in use."""


@dataclass(frozen=True, slots=True)
class Kinetics:
    """Surface kinetics of one substance.

    `adsorption` is k in 1/(Pa s) of d(theta)/dt = k p (1 - theta) against temperature in K;
    `residual_time` is tp in s, with which its residue decays at the surface after the dose: exp(-t/tp).
    """

    substance: str
    adsorption: Law
    residual_time: Law
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the substance."""
        return substance(self.substance).names

    def adsorption_constant(self, temperature: float) -> Number:
        """Langmuir constant k in 1/(Pa s) at `temperature` (K)."""
        return self.adsorption.at(temperature)

    def residual_time_constant(self, temperature: float) -> Number:
        """Time constant tp in s at `temperature` (K)."""
        return self.residual_time.at(temperature)


SITE_AREA = Interpolated(
    ((COOL, 2.51e-19), (HOT, 2.25e-19)),
    low=RANGE[0],
    high=RANGE[1],
    mark=Mark.S,
    source="[S17]",
    confidence=Confidence.HIGH,
)
"""Area of one site of Al2O3 in m2, a straight line between the published temperatures [C]."""


def _through(cool: float, hot: float) -> Arrhenius:
    """The Arrhenius law through the values published for 100 and 200 degC."""
    return Arrhenius(
        cool,
        COOL,
        arrhenius_energy((COOL, cool), (HOT, hot)),
        low=RANGE[0],
        high=RANGE[1],
        mark=Mark.C,
        source="[S17], Arrhenius between 100 and 200 degC",
        confidence=Confidence.HIGH,
    )


def _alumina(name: str, sticking: tuple[float, float], residual_time: tuple[float, float], note: str = "") -> Kinetics:
    """Kinetics of a half of the Al2O3 process from its values at 100 and at 200 degC."""
    adsorption = Langmuir(
        _through(*sticking),
        SITE_AREA,
        substance(name).molar_mass,
        low=RANGE[0],
        high=RANGE[1],
        mark=Mark.C,
        source="[S17], Arrhenius between 100 and 200 degC",
        confidence=Confidence.HIGH,
    )
    return Kinetics(name, adsorption, _through(*residual_time), note)


TMA = _alumina(
    "trimethylaluminium",
    (1e-4, 1e-3),
    (3.0, 0.2),
    "Sticking in the literature scatters from 1e-4 to 6e-3 [G]; a rounded 2e-4 at 120 degC would give k = 0.77.",
)
WATER = _alumina("water", (1e-5, 1e-4), (10.0, 0.2))


def _held(constant: float, source: str = "assumed [D]; none was found") -> Constant:
    """An assumed adsorption constant in 1/(Pa s), the same at every temperature."""
    return Constant(constant, low=MIDDLE, high=MIDDLE, mark=Mark.U, source=source, confidence=Confidence.LOW)


def _assumed(name: str, adsorption: Law, residual_time: float, like: Kinetics) -> Kinetics:
    """Settings for 120 degC; tp (s) falls with temperature as that of `like`."""
    slope = arrhenius_energy((COOL, like.residual_time.value(COOL)), (HOT, like.residual_time.value(HOT)))
    decay = Arrhenius(
        residual_time,
        MIDDLE,
        slope,
        low=MIDDLE,
        high=MIDDLE,
        mark=Mark.U,
        source=f"assumed at 120 degC [D], slope of {like.substance}",
        confidence=Confidence.LOW,
    )
    return Kinetics(name, adsorption, decay, "Settings: replace them by what the visible decay and saturation show.")


KINETICS = (
    TMA,
    WATER,
    _assumed("diethylzinc", _held(0.5), 2.0, like=TMA),
    _assumed("lithium tert-butoxide", _held(0.02), 5.0, like=TMA),
    _assumed("ethylene glycol", _held(0.05), 5.0, like=WATER),
    _assumed("hydroquinone", _held(0.03), 8.0, like=WATER),
    _assumed("glycerol", _held(0.02), 8.0, like=WATER),
    _assumed("ozone", _held(0.1, "assumed [D]: as much as sticks of water at 120 degC, 2e-5"), 2.0, like=WATER),
    _assumed("titanium tetrachloride", _held(0.2, "assumed [D]: a sticking of 1e-4, as of TTIP [S17]"), 2.0, like=TMA),
)
"""One entry a substance."""

_REGISTER = Register("substance with surface kinetics", KINETICS)


def kinetics(name: str) -> Kinetics:
    """Kinetics of the substance of that name or alias; UnknownName when nobody gave any."""
    return _REGISTER.find(name)
