"""The form of a recipe file: what may follow each word, every quantity with its unit."""

from vapordep.recipe.schema.course import (
    CallPart,
    CheckpointPart,
    IfFailsPart,
    ParallelPart,
    PromptPart,
    RegionPart,
    RepeatPart,
    SequencePart,
    VaryPart,
)
from vapordep.recipe.schema.doses import DosePart, ExposePart, TreatPart
from vapordep.recipe.schema.gas import FlowPart, ForPart, LoadPart, PumpPart, PumpPurgePart, PurgePart, VentPart
from vapordep.recipe.schema.outputs import RampPart, SetPart, WaitPart
from vapordep.recipe.schema.quantities import LONGEST, MOST_CYCLES
from vapordep.recipe.schema.steady import (
    DepositPart,
    FilamentPart,
    FlowCheckPart,
    LegPart,
    ThrottlePart,
    VapourPart,
    ZeroPart,
)
from vapordep.recipe.schema.whole import TOGETHER, ParameterPart, RecipePart
from vapordep.recipe.schema.zones import CoolPart, HeatPart, StabilisePart, ThermalPart, ZonesPart

__all__ = [
    "LONGEST", "MOST_CYCLES", "TOGETHER", "CallPart", "CheckpointPart", "CoolPart", "DepositPart", "DosePart",
    "ExposePart", "FilamentPart", "FlowCheckPart", "FlowPart", "ForPart", "HeatPart", "IfFailsPart", "LegPart",
    "LoadPart", "ParallelPart", "ParameterPart", "PromptPart", "PumpPart", "PumpPurgePart", "PurgePart", "RampPart",
    "RecipePart", "RegionPart", "RepeatPart", "SequencePart", "SetPart", "StabilisePart", "ThermalPart", "ThrottlePart",
    "TreatPart", "VapourPart", "VaryPart", "VentPart", "WaitPart", "ZeroPart", "ZonesPart",
]  # fmt: skip
