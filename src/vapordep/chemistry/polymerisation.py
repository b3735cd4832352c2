"""What iCVD needs beside vapour pressures: adsorption, the cracking of initiators, and polymers as data."""

from math import exp, log

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.laws import celsius
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.substances import substance
from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.units import GAS_CONSTANT, sccm, to_si

BET_CONSTANT = Number(5.0, Mark.U, "a setting; monomers on their own polymer lie near it [D]")
"""c of the BET isotherm."""


def bet_uptake(saturation: float, constant: float = BET_CONSTANT.value) -> float:
    """Adsorbed amount in monolayers, v/vm = c x/((1-x)(1+(c-1)x)), at `saturation` x = P/Psat of one vapour.

    Brunauer, Emmett and Teller 1938, as [S33] uses it; c x for small x (Henry). InputError unless 0 <= x < 1: from
    saturation on a vapour condenses, and no isotherm holds.
    """
    if not 0.0 <= saturation < 1.0:
        raise InputError(f"no vapour adsorbs at {saturation!r} of its saturation", remedy="Stay from 0 to below 1.")
    return constant * saturation / ((1.0 - saturation) * (1.0 + (constant - 1.0) * saturation))


@dataclass(frozen=True, slots=True)
class Cracking:
    """How a hot filament breaks an initiator: slowed by the reaction below a crossover T*, by its supply above.

    1/F = 1/Fkin + 1/Fmt with Fkin = Fmt exp(-E/R (1/T - 1/T*)) [D, after S34]; `energy` E in J/mol; T* was measured at
    two monomer flows (mol/s, K), and between and beyond them ln Fmt is taken to go straight with ln flow.
    """

    initiator: str
    energy: Number
    crossovers: tuple[tuple[float, float], tuple[float, float]]

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the initiator."""
        return substance(self.initiator).names

    def crossover(self, monomer_flow: float) -> float:
        """T* in K at a `monomer_flow` in mol/s, followed to a quarter and to four times the published ones."""
        (first, cool), (second, hot) = self.crossovers
        flow = min(max(monomer_flow, first / 4.0), second * 4.0)
        slope = (1.0 / hot - 1.0 / cool) / log(second / first)
        return 1.0 / (1.0 / cool + slope * log(flow / first))

    def share(self, temperature: float, crossover: float) -> float:
        """F/Fmt at the filament's `temperature` (K): one half at `crossover` (K)."""
        # far below, exp would overflow: nothing is cracked there
        hindrance = self.energy.value / GAS_CONSTANT * (1.0 / temperature - 1.0 / crossover)
        return 0.0 if hindrance > 500.0 else 1.0 / (1.0 + exp(hindrance))


def _sccm(flow: float) -> float:
    return float(to_si(flow, sccm))


TBPO_CRACKING = Cracking(
    "di-tert-butyl peroxide",
    Number(166e3, Mark.S, "[S34], EGDA with TBPO; 5 kJ/mol either way", relative_uncertainty=0.03),
    ((_sccm(1.0), celsius(224)), (_sccm(2.0), celsius(242))),
)

_CRACKING = Register("initiator with known cracking", (TBPO_CRACKING,))


def cracking(name: str) -> Cracking:
    """How a filament breaks the initiator of that name or alias; UnknownName when nobody said."""
    return _CRACKING.find(name)


# Only of butyl acrylate are kp and kt known [S33]: rates are told from a reference of each polymer.
PROPAGATION_ENERGY = Number(
    21.8e3, Mark.U, "J/mol; V3D3's apparent -23.2 kJ/mol [S36] and its assumed 45 kJ/mol of vaporisation"
)
CROSS_TERMINATION = Number(
    0.25, Mark.D, "kt kt''/kt'^2: cross termination twice the geometric mean, the statistical value"
)
KNEE = Number(0.1, Mark.D, "a setting; [S33] finds such a knee at low monomer")
"""The P/Psat at which primary radicals halve the growing chains of a reference; below it the rate falls faster."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a growth rate belongs to: P/Psat at the film and its temperature (K), filament (K), Pa of initiator, mol/s.

    `flow` is the monomers' (it sets T*). The values are those of pDMAMS at 13.3 of 20 Pa on a stage that reads 35 degC,
    0.44 of its saturation there: the filament keeps the film itself some 4 K warmer, and some monomer is used up.
    """

    saturation: float = 0.31
    film: float = celsius(39)
    filament: float = celsius(250)
    pressure: float = 6.67
    flow: float = _sccm(1.2)


MUTUAL = Number(0.5, Mark.S, "[S33]: termination by two chains")
ALONE = Number(
    1.0,
    Mark.C,
    "its growth has the 166 kJ/mol of the cracking of TBPO, and not half of it [S34]; other networks were not measured",
)


@dataclass(frozen=True, slots=True)
class Polymer:
    """A polymer by its monomer: `density` in kg/m3, `rate` in m/s at its `reference`.

    With much monomer it grows as the radicals to the power `order`: 1/2 where chains end each other, 1 where each ends
    alone, held in a network.
    """

    name: str
    monomer: str
    density: Number
    rate: Number
    reference: Reference = Reference()
    order: Number = MUTUAL

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name, and those of its monomer."""
        return (self.name, *substance(self.monomer).names)


def _nm_per_min(rate: float) -> float:
    return rate * 1e-9 / 60.0


def _target(monomer: str, name: str, density: float = 1100.0, rate: float = 5.0, order: Number = MUTUAL) -> Polymer:
    """A polymer of which only the wanted rate (nm/min) and a density (kg/m3) are assumed."""
    return Polymer(
        name,
        monomer,
        Number(density, Mark.U, "assumed [D]", confidence=Confidence.LOW),
        Number(_nm_per_min(rate), Mark.U, "the target of the recipes [D]", confidence=Confidence.LOW),
        order=order,
    )


SLOW = 2.3
"""nm/min at the reference: at 210 degC, and 0.74 of saturation at 20 degC, that is the target of 1.5 nm/min [D]."""

POLYMERS = (
    _target("4-(dimethylaminomethyl)styrene", "pDMAMS", 1050.0),
    _target("2-(dimethylamino)ethyl methacrylate", "pDMAEMA", rate=SLOW),
    _target("4-vinylpyridine", "p4VP", 1150.0),
    _target("glycidyl methacrylate", "pGMA", 1200.0),
    _target("2-hydroxyethyl methacrylate", "pHEMA", 1200.0),
    _target("1H,1H,2H,2H-perfluorodecyl acrylate", "pPFDA", 1700.0),
    _target("styrene", "polystyrene", 1050.0),
    _target("ethylene glycol diacrylate", "pEGDA", 1200.0, rate=SLOW, order=ALONE),
    _target("divinylbenzene", "pDVB", 1050.0),
    _target("1,3,5,7-tetravinyl-1,3,5,7-tetramethylcyclotetrasiloxane", "pV4D4"),
    _target("1,3,5-trivinyl-1,3,5-trimethylcyclotrisiloxane", "pV3D3"),
)
"""One entry a monomer. Published rates (pGMA up to 85 nm/min [S37], p4VP 18.8 nm/min at saturation [S13], pDVB
15 nm/min [S39]) belong to conditions that their abstracts do not tell in full."""

_POLYMERS = Register("monomer with a polymer", POLYMERS)


def polymer(monomer: str) -> Polymer:
    """The polymer of a monomer of that name or alias; UnknownName when there is none."""
    return _POLYMERS.find(monomer)
