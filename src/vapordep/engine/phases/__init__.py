"""Phases: one short coroutine for each word of a recipe; what a word does to the reactor stands here."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from vapordep.engine.phases import filling, gas, heat, loading, outputs, people, purging, steady, vacuum, waiting
from vapordep.engine.rig import Rig
from vapordep.model.plan import (
    Call,
    Checkpoint,
    Cool,
    Deposit,
    Flow,
    FlowCheck,
    Heat,
    HoldPressure,
    LeakCheck,
    LetIn,
    Light,
    Load,
    Prompt,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Unload,
    Vent,
    Wait,
)

PHASES: Mapping[type[Step], Callable[[Rig, Any], Awaitable[None]]] = {
    Pump: vacuum.pump,
    PumpPurge: vacuum.pump_purge,
    LeakCheck: vacuum.leak_check,
    Flow: gas.flow,
    Heat: heat.heat,
    Cool: heat.cool,
    Stabilise: heat.stabilise,
    Purge: purging.purge,
    Set: outputs.set_output,
    Ramp: outputs.ramp,
    Wait: waiting.wait,
    Rest: waiting.rest,
    LetIn: steady.let_in,
    HoldPressure: steady.hold_pressure,
    Light: steady.light,
    Deposit: steady.deposit,
    Prompt: people.prompt,
    FlowCheck: filling.flow_check,
    Vent: filling.vent,
    Load: loading.load,
    Unload: loading.unload,
    Checkpoint: waiting.checkpoint,
    Call: waiting.call,
}
TIMED = (Purge, Ramp, Rest)
"""Phases that keep to the timeline; every other one takes as long as it takes."""
