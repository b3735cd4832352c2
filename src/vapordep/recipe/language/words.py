"""The words of a recipe: for each one, how what stands after it becomes a step."""

from collections.abc import Mapping

from vapordep.errors import RecipeError
from vapordep.files import KeyPath
from vapordep.model.steps import (
    ChangeOver,
    Checkpoint,
    Cool,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    LeakCheck,
    Load,
    Otherwise,
    Prompt,
    Pump,
    PumpPurge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Unload,
    Vent,
    Wait,
)
from vapordep.recipe import schema
from vapordep.recipe.foretold.purges import purge_of
from vapordep.recipe.foretold.situation import ROOM
from vapordep.recipe.language.compiler import Compiler
from vapordep.safety.vapour import proven


def pump(c: Compiler, path: KeyPath, where: str) -> Step:
    """`pump: {to: 1 Pa}`."""
    part = c.read(schema.PumpPart, path)
    return Pump(where=where, to=part.to, within=part.within, soft=part.soft)


def pump_purge(c: Compiler, path: KeyPath, where: str) -> Step:
    """`pump_purge: {cycles: 3, from: 1 kPa, to: 5 Pa}`."""
    part = c.read(schema.PumpPurgePart, path)
    return PumpPurge(where=where, cycles=part.cycles, high=part.high, low=part.low, within=part.within)


def leak_check(c: Compiler, path: KeyPath, where: str) -> Step:
    """`leak_check: {for: 5 min}`."""
    return LeakCheck(where=where, duration=c.read(schema.ForPart, path).duration)


def flow(c: Compiler, path: KeyPath, where: str) -> Step:
    """`flow: {carrier: 20 sccm}`."""
    flows = c.read(schema.FlowPart, path).root
    for line in flows:
        c.known(line, c.reactor.lines, "line", (*path, line))
    return Flow(where=where, flows=flows)


def heat(c: Compiler, path: KeyPath, where: str) -> Step:
    """`heat: {stage: 120 degC}`."""
    part = c.read(schema.HeatPart, path)
    targets = c.zones(part, path)
    timeout = part.timeout if part.timeout is not None else _patience(targets, part.rate)
    return Heat(where=where, targets=targets, rate=part.rate, tolerance=part.within, timeout=timeout)


def cool(c: Compiler, path: KeyPath, where: str) -> Step:
    """`cool: {stage: 50 degC, within: 2 h}`."""
    part = c.read(schema.CoolPart, path)
    return Cool(where=where, targets=c.zones(part, path), within=part.within)


def stabilise(c: Compiler, path: KeyPath, where: str) -> Step:
    """`stabilise: {for: 20 min}`."""
    part = c.read(schema.StabilisePart, path)
    return Stabilise(where=where, duration=part.duration, tolerance=part.within)


def dose(c: Compiler, path: KeyPath, where: str) -> Step:
    """`dose: {source: TMA, pulse: 50 ms}`."""
    return _dose_of(c.read(schema.DosePart, path), c, path, where)


def _dose_of(part: schema.DosePart, c: Compiler, path: KeyPath, where: str) -> Dose:
    source = c.known(part.source, c.reactor.sources, "source", (*path, "source"))
    if (part.gap is None) is (part.pulses > 1):
        what = "several pulses of one dose need a `gap`, a single one has none"
        raise RecipeError(what, where=where, remedy="write `dose: {source: TMA, pulse: 50 ms, pulses: 2, gap: 0.5 s}`")
    return Dose(
        where=where, source=source, width=part.pulse, pulses=part.pulses, gap=part.gap or 0.0, boost=part.boost or 0.0
    )


def purge(c: Compiler, path: KeyPath, where: str) -> Step:
    """`purge: {for: 40 s}`."""
    return purge_of(c.read(schema.PurgePart, path), c.reactor, where)


def expose(c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """Several steps: a chamber without any gas is shut, dosed, held, and pumped; then the gases flow as they shall."""
    part = c.read(schema.ExposePart, path)
    if part.to <= part.base:
        what = "`to` does not lie above `base`, the pressure to which is pumped before: no dose could be told by it"
        raise RecipeError(what, where=where, remedy="write a higher `to`, or pump to a lower `base`")
    for line in part.flow:
        c.known(line, c.reactor.lines, "line", (*path, "flow", line))
    pumped = Pump(where=where, to=part.base, within=part.within)
    valve = c.reactor.pump.valve
    return (
        pumped,
        Set(where=where, output=valve, value=0.0),
        _dose_of(part, c, path, where),
        Wait(where=where, until=f"{PRESSURE} > {part.to!r} Pa", within=SEEN_WITHIN),
        Rest(where=where, duration=part.hold),
        Set(where=where, output=valve, value=1.0),
        pumped,
        Flow(where=where, flows=part.flow),
    )


def rest(c: Compiler, path: KeyPath, where: str) -> Step:
    """`rest: {for: 30 s}`."""
    return Rest(where=where, duration=c.read(schema.ForPart, path).duration)


def set_output(c: Compiler, path: KeyPath, where: str) -> Step:
    """`set: {output: carrier.valve, value: open}`."""
    part = c.read(schema.SetPart, path)
    return Set(where=where, output=part.output, value=c.output(part.output, part.value, path))


def ramp(c: Compiler, path: KeyPath, where: str) -> Step:
    """`ramp: {output: carrier.flow_setpoint, to: 20 sccm, over: 10 s}`."""
    part = c.read(schema.RampPart, path)
    return Ramp(where=where, output=part.output, to=c.output(part.output, part.to, path), duration=part.over)


def wait(c: Compiler, path: KeyPath, where: str) -> Step:
    """`wait: {until: chamber.pressure < 5 Pa, within: 1 min}`."""
    part = c.read(schema.WaitPart, path)
    return Wait(where=where, until=part.until, within=part.within, otherwise=Otherwise(part.otherwise))


def prompt(c: Compiler, path: KeyPath, where: str) -> Step:
    """`prompt: Look at the sample`."""
    return Prompt(where=where, text=c.read(schema.PromptPart, path).root)


def change_over(c: Compiler, path: KeyPath, where: str) -> Step:
    """`change_over: Clean liners lie in the chamber`."""
    return ChangeOver(where=where, text=c.read(schema.PromptPart, path).root)


def flow_check(c: Compiler, path: KeyPath, where: str) -> Step:
    """`flow_check: {line: carrier, flow: 20 sccm, for: 20 s}`, or of a steady source: `{source: DMAMS, for: 15 s}`."""
    part = c.read(schema.FlowCheckPart, path)
    if (part.line is None) is (part.source is None):
        remedy = "write `flow_check: {line: carrier, flow: 20 sccm, for: 20 s}` or `{source: DMAMS, for: 15 s}`"
        raise RecipeError("a flow check is of one line, or of one source", where=where, remedy=remedy)
    if part.source is not None:
        return _source_check(part, part.source, c, path, where)
    line = c.known(part.line or "", c.reactor.lines, "line", (*path, "line"))
    if part.flow is None:
        raise RecipeError(f"the flow of {line} is not said", where=where, remedy="write `flow: 20 sccm`")
    return FlowCheck(where=where, line=line, flow=part.flow, tolerance=part.within, duration=part.duration)


def _source_check(part: schema.FlowCheckPart, name: str, c: Compiler, path: KeyPath, where: str) -> Step:
    """A needle is checked against its proof, a flow controller against its reading at a flow."""
    steady = {source: line for source, line in c.reactor.sources.items() if line.steady}
    source = steady[c.known(name, steady, "steady source", (*path, "source"))]
    if source.bubbler:
        what = f"what the carrier {source.through} takes along of {name} has no proof to be checked against"
        remedy = f"check the carrier, `{{line: {source.through}, ...}}`, and weigh the bottle before and after a run"
        raise RecipeError(what, where=where, remedy=remedy)
    if source.metered is (part.flow is None):
        what = f"{name} has a flow controller" if source.metered else f"{name} is a needle, and has no setpoint"
        remedy = "write the `flow` to check it at" if source.metered else "leave out `flow`: the reactor file has it"
        raise RecipeError(what, where=where, remedy=remedy)
    flow = proven(source) if part.flow is None else part.flow
    return FlowCheck(where=where, source=name, flow=flow, tolerance=part.within, duration=part.duration)


def vent(c: Compiler, path: KeyPath, where: str) -> Step:
    """`vent: {within: 1 h}`."""
    part = c.read(schema.VentPart, path)
    return Vent(where=where, to=part.to, within=part.within)


def load(c: Compiler, path: KeyPath, where: str) -> Step:
    """`load: {within: 1 h}`."""
    return Load(where=where, within=c.read(schema.LoadPart, path).within)


def unload(c: Compiler, path: KeyPath, where: str) -> Step:
    """`unload: {within: 1 h}`."""
    return Unload(where=where, within=c.read(schema.LoadPart, path).within)


def checkpoint(c: Compiler, path: KeyPath, where: str) -> Step:
    """`checkpoint: half-way`."""
    return Checkpoint(where=where, name=c.read(schema.CheckpointPart, path).root)


PRESSURE = "chamber.pressure"
SEEN_WITHIN = 10.0
"""The pressure of an exposure is there so soon after its dose, in s, or the run is held."""


def _patience(targets: Mapping[str, float], rate: float) -> float:
    """How long heating may take in s when nobody says: twice the ramp from room temperature, and an hour."""
    return 2 * max(abs(target - ROOM) for target in targets.values()) / rate + 3600.0
