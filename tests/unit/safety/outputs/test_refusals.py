"""Refusals: every reason is told, and once each what to do; sentences run on, and a question stays one."""

from vapordep.model.commands import Command, Source
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Truth
from vapordep.safety.outputs.permit import Denial
from vapordep.safety.outputs.refusals import refusal, told
from vapordep.units import state

TAG = Tag("TMA.valve", state)


def test_what_is_told_of_each_reason_is_one_sentence() -> None:
    high = Denial("P3", "p < 1 kPa", Truth.FALSE, "it is 2 kPa", "TMA burns in air.", "Pump down first.")
    lid = Denial("LID", "lid.shut", Truth.UNKNOWN, "nobody knows", "Is anybody near?", "Is the lid shut?")
    bare = Denial("ARM", "armed", Truth.FALSE, "not armed")
    refused = refusal(Command("TMA.valve", 1.0, Source.OPERATOR, "test"), TAG, (high, lid, high, bare))
    assert told((high, lid, bare)) == (
        "P3: it is 2 kPa (TMA burns in air); LID: nobody knows (Is anybody near?); ARM: not armed"
    )
    assert refused.remedy == "Pump down first; Is the lid shut?"
    assert refused.what.startswith("TMA.valve may not go to open: P3: ")
    assert (refused.where, list(refused.interlocks)) == ("TMA.valve", ["P3", "LID", "ARM"])
