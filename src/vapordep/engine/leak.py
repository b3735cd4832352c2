"""The verdict on a leak check: what the chamber leaks, against what the gauge can see and the substrate bears."""

from vapordep.analysis import RateOfRise
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.safety.monitors.ledger import LEAK


def judge_leak(rig: Rig, rise: RateOfRise | None) -> None:
    """Logs the leak as a throughput in Pa m3/s; an alarm above the substrate's warning.

    Raises RunError above its block, when the gauge could not have seen a leak of that size, and when the pressure
    falls, as that of a cooling chamber does: it would hide one.
    """
    volume, gates = rig.reactor.chamber.volume, rig.substrate
    if rise is None:
        raise RunError("the leak check saw no valid pressure", remedy="check the gauge")
    leak, limit = rise.rate * volume, rise.limit * volume
    if hidden_by_drift(rig, rise):
        raise RunError(
            f"while the temperature drifts no leak below {limit:.2g} Pa m3/s can be told; {gates.name} bears"
            f" {gates.leak_block:.2g} Pa m3/s",
            remedy="let the temperatures become steady, and check again",
        )
    if limit > gates.leak_block:
        raise RunError(
            f"the gauge sees no leak below {limit:.2g} Pa m3/s; {gates.name} bears {gates.leak_block:.2g} Pa m3/s",
            remedy="check for longer, or with a gauge of finer resolution",
        )
    if -leak > max(limit, gates.leak_warn):
        raise RunError(
            f"the pressure of the shut chamber falls as if by {-leak:.2g} Pa m3/s: what leaks in cannot be told",
            remedy="let the temperatures become steady, and check again",
        )
    told = f"leak {leak:.2g} Pa m3/s (the gauge sees {limit:.1g}), {_kind(rise)}"
    if leak > gates.leak_block:
        raise RunError(
            f"{told}; {gates.name} bears {gates.leak_block:.2g} Pa m3/s",
            remedy="tighten the lid and the fittings, or bake out, and check again",
        )
    if LEAK in rig.hub.tags:
        rig.hub.publish([Batch.one(LEAK, rig.clock.now(), max(leak, limit))])
    warned = leak > max(limit, gates.leak_warn)  # what the gauge cannot see may be noise
    text = f"{told}, above the warning of {gates.leak_warn:.2g} Pa m3/s for {gates.name}" if warned else told
    rig.note(Kind.ALARM if warned else Kind.STEP, text, leak_Pa_m3_s=leak, detection_limit_Pa_m3_s=limit)


def hidden_by_drift(rig: Rig, rise: RateOfRise | None) -> bool:
    """Whether a leak that the substrate does not bear could be seen, were the temperature but steady."""
    if rise is None:
        return False
    volume, bears = rig.reactor.chamber.volume, rig.substrate.leak_block
    return rise.limit * volume > bears >= (rise.limit - rise.thermal) * volume


def _kind(rise: RateOfRise) -> str:
    return "falling off: outgassing" if rise.falls_off else "steady: a real leak, or none"
