"""The plant of a reactor for ALD or MLD and iCVD in one chamber: the descriptions of both, of the same parts."""

from dataclasses import replace

from vapordep.app.twin.ald_plant import describe_ald
from vapordep.app.twin.icvd_plant import describe_icvd
from vapordep.model.reactor import Reactor
from vapordep.simulation.description import PlantDescription
from vapordep.simulation.hybrid_description import HybridDescription


def describe_hybrid(reactor: Reactor, substrate: str) -> HybridDescription:
    """The simulated reactor with `substrate` on its stage."""
    return HybridDescription(cycles=describe_cycles(reactor, substrate), steady=describe_icvd(reactor, substrate))


def describe_cycles(reactor: Reactor, substrate: str) -> PlantDescription:
    """Its pulses and what they coat, without the steady sources."""
    whole = describe_ald(reactor, substrate)
    pulsed = {name: source for name, source in whole.sources.items() if not reactor.sources[name].steady}
    return replace(
        whole,
        sources=pulsed,
        gas_zone=reactor.gas_zone,
        # as the march has it: the offset in the file was measured with the filament on
        foil_offset=0.0,
        passing=frozenset(source.through for source in reactor.sources.values() if source.bubbles),
    )
