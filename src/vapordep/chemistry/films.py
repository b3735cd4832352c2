"""Films by their names and by their pairs of substances, and how the first cycles on a substrate differ."""

from math import exp

from vapordep.chemistry.evidence import Mark, Number
from vapordep.chemistry.film_parts import Film
from vapordep.chemistry.hybrids import HYBRIDS
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.oxides import OXIDES
from vapordep.chemistry.substances import substance
from vapordep.chemistry.substrates import substrate
from vapordep.errors import UnknownName
from vapordep.lazy import dataclass

FILMS = (*OXIDES, *HYBRIDS)
"""One entry a pair of precursor and co-reactant."""

_REGISTER = Register("film", FILMS)
_BY_PAIR = {(entry.precursor, entry.coreactant): entry for entry in FILMS}


def film(name: str) -> Film:
    """The film of that name; UnknownName, with near spellings, without one."""
    return _REGISTER.find(name)


def film_of(precursor: str, coreactant: str) -> Film:
    """The film that two substances (any of their names) grow; UnknownName when no growth of the pair is known."""
    pair = substance(precursor).name, substance(coreactant).name
    if pair not in _BY_PAIR:
        known = ", ".join(f"{entry.name} ({entry.precursor} + {entry.coreactant})" for entry in FILMS)
        raise UnknownName(f"no growth of {pair[0]} with {pair[1]} is known", remedy=f"Known films: {known}.")
    return _BY_PAIR[pair]


@dataclass(frozen=True, slots=True)
class Nucleation:
    """How the first cycles differ: growth of cycle n (from 0) is that of a late cycle times 1 + alpha exp(-n/n0).

    `alpha` > 0 is an excess, as on lithium, where TMA reacts with LiOH and Li2O; alpha = -1 is full inhibition.
    """

    alpha: Number
    n0: Number

    def factor(self, cycle: float) -> float:
        """Growth of `cycle` (0 is the first) relative to a late one."""
        return 1.0 + self.alpha.value * exp(-cycle / self.n0.value)


LITHIUM_NUCLEATION = Nucleation(
    Number(0.5, Mark.U, "+20 to 50 % in the first 5 cycles [D]; that there is an excess [S3][P]"),
    Number(5.0, Mark.U, "+20 to 50 % in the first 5 cycles [D]"),
)
NO_NUCLEATION = Nucleation(
    Number(0.0, Mark.U, "no number was found"), Number(5.0, Mark.U, "without meaning at alpha 0")
)


def nucleation(name: str) -> Nucleation:
    """Settings for growth on the bare substrate of that name; where none were found, every cycle grows alike."""
    return LITHIUM_NUCLEATION if substrate(name).name == "lithium" else NO_NUCLEATION
