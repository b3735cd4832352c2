"""The table of all substances, and finding one in it."""

from vapordep.chemistry.coreactants import COREACTANTS
from vapordep.chemistry.crosslinkers import CROSSLINKERS, SILOXANES
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.metal_precursors import METAL_PRECURSORS
from vapordep.chemistry.monomers import MONOMERS
from vapordep.chemistry.substance import Substance

_REGISTER = Register("substance", (*METAL_PRECURSORS, *COREACTANTS, *MONOMERS, *CROSSLINKERS, *SILOXANES))

SUBSTANCES = _REGISTER.entries
"""Every substance that vapordep knows."""


def substance(name: str) -> Substance:
    """The substance of that name, short name, formula or CAS number; UnknownName, with near spellings, without one."""
    return _REGISTER.find(name)
