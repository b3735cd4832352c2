"""Derivatisation: how vapour converts the groups of a polymer film that is already there, as data with its doubts."""

from math import log

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.substances import substance
from vapordep.lazy import dataclass

HALF_DAY_AT_ONE_PASCAL_FOUR = log(10.0) / (24.0 * 1800.0 * 1.4)
"""1/(Pa s): 90 % after 24 holds of 30 min at 1.4 Pa."""


@dataclass(frozen=True, slots=True)
class Derivatisation:
    """Vapour of `agent` converts the groups that each unit of `monomer` has one of in its polymer.

    X' = k p (1 - X) [D]: the share X that is converted follows the exposure alone, at every depth alike. `rate` k in
    1/(Pa s). One molecule converts `groups` of them and stays in the film, which gains its mass, and its volume at the
    polymer's density.
    """

    agent: str
    monomer: str
    rate: Number
    groups: int
    product: str

    @property
    def taken(self) -> float:
        """What the film takes up for each mol of groups converted, kg/mol."""
        return substance(self.agent).molar_mass / self.groups


def _setting(source: str) -> Number:
    return Number(HALF_DAY_AT_ONE_PASCAL_FOUR, Mark.D, source, confidence=Confidence.LOW)


DERIVATISATIONS = (
    Derivatisation(
        "1,3-propane sultone",
        "2-(dimethylamino)ethyl methacrylate",
        _setting("a setting: 90 % in 12 h at 1.4 Pa; no rate was published with [S43]"),
        1,
        "sulfobetaine",
    ),
    Derivatisation(
        "1,3-propane sultone",
        "4-(dimethylaminomethyl)styrene",
        _setting("a setting: as with DMAEMA"),
        1,
        "sulfobetaine",
    ),
    Derivatisation(
        "1,4-dibromobutane",
        "4-(dimethylaminomethyl)styrene",
        _setting("a setting: as the sultone's; that it works in the chamber [S42]"),
        2,
        "quaternary ammonium, cross-linked",
    ),
)
"""One entry a pair of vapour and polymer."""


def derivatisations(agent: str) -> tuple[Derivatisation, ...]:
    """What the vapour of that name or alias converts; nothing when it converts no film that is known."""
    name = substance(agent).name
    return tuple(known for known in DERIVATISATIONS if known.agent == name)
