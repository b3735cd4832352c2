"""The text of what outlives the program: civil time, a check sum, and that no text is half taken up."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.safety.rig import RULES, Rig, on_rig, reactor
from vapordep.errors import SafetyError
from vapordep.model.alarms import AlarmState
from vapordep.model.interlocks import Action, Bypass, InterlockRule
from vapordep.safety.memory import Civil, recall, remember, still_bypassed

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
CIVIL = Civil(100.0, NOON)
HOUR = 3600.0


def test_an_instant_goes_into_civil_time_and_back() -> None:
    assert CIVIL.text(40.0) == "2026-10-01T11:59:00+00:00"
    assert CIVIL.instant("2026-10-01T12:01:00+00:00") == 160.0
    assert CIVIL.instant("2026-10-01T14:00:00+02:00") == 100.0
    assert (CIVIL.text(None), CIVIL.instant(None)) == (None, None)


@pytest.mark.parametrize("text", ["2026-10-01T12:00:00", "yesterday", ""])
def test_a_time_without_its_zone_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no zone|[Ii]nvalid"):
        CIVIL.instant(text)


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """The text of somebody who knows how check sums are made."""
    whole = json.loads(text)
    change(whole["content"])
    body = json.dumps(whole["content"], sort_keys=True).encode()
    return json.dumps({**whole, "sha256": hashlib.sha256(body).hexdigest()})


def kept(rig: Rig) -> str:
    """What is kept of a reactor with one bypass."""
    core = rig.protection
    rig.say_all()
    core.bypasses.add("P1", "Ada", "a test", HOUR)
    return remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON))


def take_up(rig: Rig, text: str, at: datetime = NOON) -> None:
    core = rig.protection
    recall(text, "rig", core.alarms, core.bypasses, Civil(rig.clock.now(), at), rig.events.append)


NOTHING = {"alarm": None, "until": None}
SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "of another reactor, 'other'": lambda content: content.update(reactor="other"),
    "KeyError": lambda content: content.pop("alarms"),
    "TypeError": lambda content: content["bypasses"][0].update(mood="bad"),
    "a bypass without an end": lambda content: content["bypasses"][0].update(until=None),
    "a bypass without an end'": lambda content: content["bypasses"][0].update(began=None),
    "has no zone": lambda content: content["bypasses"][0].update(until="2026-10-01T13:00:00"),
    "is not a valid AlarmState": lambda content: content["alarms"].append({**NOTHING, "state": "ODD"}),
}


@pytest.mark.parametrize("told", SPOILT)
def test_a_text_that_is_well_sealed_and_means_nothing_is_refused_whole(told: str) -> None:
    async def main(rig: Rig) -> None:
        text = changed(kept(rig), SPOILT[told])
        rig.protection.bypasses.lift("P1", "Ada")
        with pytest.raises(SafetyError, match=f"what was latched before the restart is not known: .*{told}"):
            take_up(rig, text)
        assert rig.protection.bypasses.active == ()

    on_rig(main)


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (timedelta(minutes=30), "goes on: a test"),
        (timedelta(hours=1), "ended over the restart: its time is over"),
        (timedelta(seconds=-1), "ended over the restart: the computer's clock went back meanwhile"),
    ],
)
def test_a_bypass_goes_on_if_its_end_is_to_come_and_its_beginning_is_past(later: timedelta, told: str) -> None:
    async def main(rig: Rig) -> None:
        text = kept(rig)
        rig.protection.bypasses.lift("P1", "Ada")
        take_up(rig, text, NOON + later)
        assert told in rig.events[-1].text
        assert rig.events[-1].data["id"] == "P1"
        assert rig.events[-1].data["by"] == "Ada"
        left = [bypass.left(rig.clock.now()) for bypass in rig.protection.bypasses.active]
        assert left == ([pytest.approx(HOUR / 2)] if "goes on" in told else [])
        assert rig.events[-1].data["bypassed"] is ("goes on" in told)
        found = still_bypassed(text, "rig", Civil(rig.clock.now(), NOON + later))
        assert found == rig.protection.bypasses.active, "as somebody sees beforehand who takes up nothing"

    on_rig(main)


def test_a_bypass_that_cannot_go_on_tells_why() -> None:
    async def main(rig: Rig) -> None:
        text = changed(kept(rig), lambda content: content["bypasses"][0].update(id="T1"))
        rig.protection.bypasses.lift("P1", "Ada")
        take_up(rig, text)
        assert rig.events[-1].text == "the bypass of T1 by Ada ended over the restart: T1 has no such bypass"

    on_rig(main)


def test_the_text_tells_its_form_its_time_and_what_is_in_force() -> None:
    async def main(rig: Rig) -> None:
        text = kept(rig)
        whole = json.loads(text)
        content = whole["content"]
        assert (whole["form"], text[-1]) == (1, "\n")
        assert whole["sha256"] == hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        assert (content["reactor"], content["written"]) == ("rig", "2026-10-01T12:00:00+00:00")
        [bypass] = content["bypasses"]
        assert bypass == {
            "id": "P1", "person": "Ada", "reason": "a test",
            "began": "2026-10-01T12:00:00+00:00", "until": "2026-10-01T13:00:00+00:00",
        }  # fmt: skip
        assert Bypass(**bypass | {"began": 0.0, "until": HOUR}) is not None

    on_rig(main, whole=reactor())


def test_a_latch_is_written_with_its_alarm_and_taken_up() -> None:
    texts: list[str] = []

    async def before(rig: Rig) -> None:
        await rig.armed()
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.1)
        core = rig.protection
        texts.append(remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON)))
        [latched] = [plain for plain in json.loads(texts[0])["content"]["alarms"] if plain["id"] == "T2"]
        assert latched["alarm"]["priority"] == "URGENT"
        assert latched["alarm"]["time"].startswith("2026-10-01T11:59:59")

    async def after(rig: Rig) -> None:
        take_up(rig, texts[0], NOON + timedelta(hours=1))
        view = rig.protection.alarms["T2"]
        assert view.state is AlarmState.UNACK_ACTIVE
        assert view.raised == pytest.approx(rig.clock.now() - HOUR, abs=1.0)
        assert set(rig.trips) == {"T1", "T2"}

    on_rig(before)
    on_rig(after)


TORN: dict[str, Callable[[str], str]] = {
    "it is not whole": lambda text: text[: len(text) // 2],
    "it is of form 2, which this vapordep does not know": lambda text: text.replace('"form": 1', '"form": 2'),
    "its check sum is another": lambda text: text.replace("Ada", "Eve"),
}


@pytest.mark.parametrize("told", TORN)
def test_a_text_that_is_not_what_was_written_is_refused(told: str) -> None:
    async def main(rig: Rig) -> None:
        text = TORN[told](kept(rig))
        with pytest.raises(SafetyError) as refused:
            take_up(rig, text)
        assert refused.value.what == f"what was latched before the restart is not known: {told}"

    on_rig(main)


def test_what_is_no_object_is_not_whole() -> None:
    async def main(rig: Rig) -> None:
        for text in ("", "[]", "null", '{"form": 1}', "[" * 100_000):
            with pytest.raises(SafetyError, match="it is not whole"):
                take_up(rig, text)

    on_rig(main)


def test_an_alarm_that_is_out_of_service_has_no_text_of_its_own_yet() -> None:
    async def main(rig: Rig) -> None:
        rig.protection.alarms.remove("WATCH", "Ada", "in repair")
        core = rig.protection
        text = remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON))
        [plain] = json.loads(text)["content"]["alarms"]
        assert (plain["id"], plain["state"], plain["alarm"], plain["until"]) == ("WATCH", "OUT_OF_SERVICE", None, None)
        core.alarms.restore_service("WATCH", "Ada")
        take_up(rig, text)
        assert core.alarms["WATCH"].state is AlarmState.OUT_OF_SERVICE

    watch = InterlockRule("WATCH", ("chamber.pressure < 500 Pa",), "p", "Look.", action=Action.WARN, clear_after=1.0)
    on_rig(main, whole=reactor(interlocks=(watch, *RULES)))


@pytest.mark.parametrize(("later", "left"), [(timedelta(minutes=30), HOUR / 2), (timedelta(seconds=-1), 0.0)])
def test_a_shelf_goes_on_over_a_restart_and_ends_when_civil_time_cannot_vouch_for_its_end(
    later: timedelta, left: float
) -> None:
    watch = InterlockRule("WATCH", ("chamber.pressure < 500 Pa",), "p", "Look.", action=Action.WARN)

    async def main(rig: Rig) -> None:
        core = rig.protection
        core.alarms.shelve("WATCH", "Ada", "noise", HOUR)
        text = remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON))
        core.alarms.unshelve("WATCH", "Ada")
        take_up(rig, text, NOON + later)
        view = core.alarms["WATCH"]
        assert (view.state, view.until) == (AlarmState.SHELVED, pytest.approx(rig.clock.now() + left))
        core.alarms.take()
        assert core.alarms["WATCH"].state is (AlarmState.SHELVED if left else AlarmState.NORMAL)

    on_rig(main, whole=reactor(interlocks=(watch, *RULES)))


@pytest.mark.parametrize(("boot", "left"), [("this", HOUR - 60.0), ("another", None), ("", None)])
def test_within_one_boot_the_clock_that_never_steps_tells_how_long_ago_it_was(boot: str, left: float | None) -> None:
    """Civil time was set back by an hour meanwhile: within one boot that is nothing to go by, else no end counts."""

    async def main(rig: Rig) -> None:
        core = rig.protection
        core.bypasses.add("P1", "Ada", "a test", HOUR)
        text = remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON, "this"))
        core.bypasses.lift("P1", "Ada")
        await rig.clock.sleep(60.0)
        civil = Civil(rig.clock.now(), NOON - timedelta(hours=1), boot)
        recall(text, "rig", core.alarms, core.bypasses, civil, rig.events.append)
        found = [bypass.left(rig.clock.now()) for bypass in core.bypasses.active]
        assert found == ([] if left is None else [pytest.approx(left)])

    on_rig(main)


def test_within_one_boot_no_time_at_all_may_have_gone_by() -> None:
    async def main(rig: Rig) -> None:
        core = rig.protection
        core.bypasses.add("P1", "Ada", "a test", HOUR)
        text = remember("rig", core.alarms, core.bypasses, Civil(rig.clock.now(), NOON, "this"))
        core.bypasses.lift("P1", "Ada")
        civil = Civil(rig.clock.now(), NOON - timedelta(hours=1), "this")
        recall(text, "rig", core.alarms, core.bypasses, civil, rig.events.append)
        assert [bypass.id for bypass in core.bypasses.active] == ["P1"]

    on_rig(main)


@pytest.mark.parametrize(
    ("written", "now"),
    [(timedelta(minutes=10), timedelta(minutes=5)), (timedelta(minutes=-10), timedelta(minutes=-5))],
)
def test_a_clock_that_went_back_ends_a_bypass_though_it_has_begun_or_the_text_is_not_of_the_future(
    written: timedelta, now: timedelta
) -> None:
    """It began at noon."""

    async def main(rig: Rig) -> None:
        sealed = changed(kept(rig), lambda content: content.update(written=(NOON + written).isoformat()))
        rig.protection.bypasses.lift("P1", "Ada")
        take_up(rig, sealed, NOON + now)
        assert rig.events[-1].text.endswith("the computer's clock went back meanwhile")
        assert rig.protection.bypasses.active == ()

    on_rig(main)
