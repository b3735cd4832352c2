"""The form of every step, told as data: an editor completes by it and explains; the schema stays the authority."""

import types
from collections.abc import Iterator, Mapping
from string import Template
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from vapordep.files import dimension_of
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.recipe import schema
from vapordep.recipe.language.compiler import CALL, NO_RESUME, PRIME, REPEAT
from vapordep.units import Dimension

STRUCTURE = frozenset({REPEAT, NO_RESUME})
"""Words whose keys stand beside them, not beneath."""
FORMS: Mapping[str, tuple[type[BaseModel], str]] = {
    "pump": (schema.PumpPart, "{to: 1 Pa, within: 20 min}"),
    "pump_purge": (schema.PumpPurgePart, "{cycles: 5, from: 1 kPa, to: 5 Pa}"),
    "leak_check": (schema.ForPart, "{for: 5 min}"),
    "flow": (schema.FlowPart, "{$line: 20 sccm}"),
    "heat": (schema.HeatPart, "{$zone: 100 degC, rate: 5 K/min, within: 2 K}"),
    "cool": (schema.CoolPart, "{$zone: 50 degC, within: 2 h}"),
    "stabilise": (schema.StabilisePart, "{for: 20 min, within: 2 K}"),
    "dose": (schema.DosePart, "{source: $source, pulse: 50 ms}"),
    "purge": (schema.PurgePart, "{for: 40 s}"),
    "expose": (schema.ExposePart, "{source: $source, pulse: 50 ms, to: 20 Pa, hold: 10 s, flow: {$line: 20 sccm}}"),
    "rest": (schema.ForPart, "{for: 30 s}"),
    "set": (schema.SetPart, "{output: $output, value: off}"),
    "ramp": (schema.RampPart, "{output: $line.flow_setpoint, to: 20 sccm, over: 10 s}"),
    "wait": (schema.WaitPart, "{until: chamber.pressure < 5 Pa, within: 1 min}"),
    "vapour": (schema.VapourPart, "{$source: open}"),
    "throttle": (schema.ThrottlePart, "{pressure: 30 Pa}"),
    "filament": (schema.FilamentPart, "{temperature: 230 degC}"),
    "deposit": (schema.DepositPart, "{for: 10 min}"),
    "zero": (schema.ZeroPart, "crystal"),
    "plasma": (schema.TreatPart, "{power: 40 W, for: 2 min, flow: {$line: 20 sccm}}"),
    "uv": (schema.TreatPart, "{power: 20 W, for: 10 min}"),
    "thermal": (schema.ThermalPart, "{$zone: 140 degC, for: 30 min}"),
    "prompt": (schema.PromptPart, "Look at the sample"),
    "change_over": (schema.PromptPart, "Clean liners lie in the chamber"),
    "checkpoint": (schema.CheckpointPart, "half-way"),
    "flow_check": (schema.FlowCheckPart, "{line: $line, flow: 20 sccm, within: 5 %, for: 20 s}"),
    "vent": (schema.VentPart, "{within: 1 h}"),
    "load": (schema.LoadPart, "{within: 1 h}"),
    "unload": (schema.LoadPart, "{within: 1 h}"),
    "parallel": (schema.ParallelPart, "{heating: [heat: {$zone: 100 degC}], purging: [flow: {$line: 20 sccm}]}"),
    "sequence": (schema.SequencePart, "$sequence"),
    CALL: (schema.CallPart, "{recipe: al2o3_on_lithium, set: {cycles: 5}}"),
    REPEAT: (schema.RepeatPart, "10"),
    NO_RESUME: (schema.RegionPart, "its first cycles must not be interrupted"),
}
"""By word: what may follow it, and an example, in which `$source` is one of the reactor's own."""
NAMES: Mapping[str, str] = {"source": "source", "line": "line", "output": "output", "until": "tag"}
"""Keys whose values are names of the reactor, and of what."""
BY_NAME: Mapping[type[BaseModel], str] = {
    schema.FlowPart: "line", schema.VapourPart: "source", schema.HeatPart: "zone", schema.CoolPart: "zone",
    schema.ThermalPart: "zone",
}  # fmt: skip
"""Parts in which names of the reactor are keys, and of what."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a step: whether it must be there, what its value measures or is a name of, and the words it knows."""

    name: str
    needed: bool
    dimension: Dimension | None
    names: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One word of a recipe: what it is, an example of what follows, its keys, and what names it takes as keys."""

    word: str
    says: str
    example: str
    keys: tuple[Key, ...]
    names: str
    dimension: Dimension | None
    """Of the values of those names."""
    beside: bool
    """Its keys stand beside the word and not beneath it."""


def forms(reactor: Reactor) -> Iterator[Form]:
    """Every step that may be written, with examples that name what the reactor has; `prime` last."""
    names = named(reactor)
    for word, (part, example) in FORMS.items():
        own = {what: next(iter(found), what) for what, found in names.items()}
        keys = tuple(_keys(part, word))
        says = " ".join((part.__doc__ or "").split("\n\n")[0].split())
        yield Form(
            word, says, Template(example).safe_substitute(own), keys, BY_NAME.get(part, ""), _of_values(part),
            word in STRUCTURE,
        )  # fmt: skip
    yield Form(PRIME, "The steps of the section `prime`.", "", (), "", None, False)


def top_keys() -> Iterator[Key]:
    """The keys of a recipe file itself."""
    return _keys(schema.RecipePart, "")


def named(reactor: Reactor) -> dict[str, list[str]]:
    """What the reactor has, by kind: what may be named in a recipe for it."""
    return {
        "source": list(reactor.sources), "line": list(reactor.lines), "zone": list(reactor.zones),
        "output": list(reactor.outputs), "sequence": list(reactor.sequences),
        "treatment": list(reactor.treatments),
    }  # fmt: skip


def _keys(part: type[BaseModel], word: str) -> Iterator[Key]:
    if issubclass(part, RootModel):
        return
    for name, field in part.model_fields.items():
        if name != word:
            yield Key(field.alias or name, field.is_required(), _dimension(field), NAMES.get(name, ""), _words(field))


def _dimension(field: FieldInfo) -> Dimension | None:
    return dimension_of(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)


def _of_values(part: type[BaseModel]) -> Dimension | None:
    if part is schema.FlowPart:
        return Dimension.MOLAR_FLOW
    return Dimension.TEMPERATURE if issubclass(part, schema.ZonesPart) else None


def _words(field: FieldInfo) -> tuple[str, ...]:
    """The words that a value may be: those of its literals, and of what is true or not."""
    return tuple(dict.fromkeys(_literals(field.annotation)))


def _literals(kind: Any) -> Iterator[str]:
    if kind is bool:
        yield from ("true", "false")
    elif get_origin(kind) is Literal:
        yield from (str(each) for each in get_args(kind))
    elif get_origin(kind) in (Union, types.UnionType, Annotated):
        for each in get_args(kind):
            yield from _literals(each)
