"""The plant of a reactor: which of the installed ones it is, and its description for the simulator."""

from vapordep.app.ald_plant import describe_ald
from vapordep.app.icvd_plant import describe_icvd
from vapordep.model.reactor import Reactor
from vapordep.simulation.description import PlantDescription
from vapordep.simulation.icvd_description import IcvdDescription

PLANT = "ald"
"""The entry point of the simulated plants; what is built there follows from the description."""


def describe(reactor: Reactor, substrate: str) -> PlantDescription | IcvdDescription:
    """The simulated reactor with `substrate` on its stage: one with a filament is an iCVD reactor."""
    return describe_ald(reactor, substrate) if reactor.filament is None else describe_icvd(reactor, substrate)
