"""What outlives the program: alarms, latches and bypasses, whatever happens to their file and to the clock."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.safety.alarms.test_alarms import RICH, armed
from tests.unit.safety.rig import RULES, Rig, on_rig, reactor
from vapordep.app.running.memory import Memory, memory_path
from vapordep.errors import NotArmed, SafetyError, Tripped
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.safety.alarms.alarm_words import alarm_of_output
from vapordep.safety.interlocks.bypass import LONGEST_BYPASS
from vapordep.safety.memory import Civil, recall, remember

S = AlarmState
HELD = tuple(replace(rule, action=Action.HOLD) if rule.id == "F2" else rule for rule in RULES)
WHOLE = reactor(interlocks=(RICH, *HELD))
HOUR = 3600.0


@contextmanager
def remembering(rig: Rig, path: Path) -> Iterator[Memory]:
    memory = Memory(path, "rig", rig.protection, rig.clock)
    memory.begin()
    try:
        yield memory
    finally:
        memory.close()


def lives(path: Path, *scripts: Callable[[Rig], Awaitable[None]]) -> None:
    """One program after the other, each beginning with what the one before left."""
    for script in scripts:

        async def main(rig: Rig, script: Callable[[Rig], Awaitable[None]] = script) -> None:
            with remembering(rig, path):
                await script(rig)

        on_rig(main, whole=WHOLE)


async def trip(rig: Rig) -> None:
    await armed(rig)
    for _ in range(2):
        rig.say(stage__temperature=1e3)
        await rig.clock.sleep(0.1)
    await rig.clock.sleep(3.0)


def test_a_latch_outlives_the_program_and_refuses_arming(tmp_path: Path) -> None:
    async def later(rig: Rig) -> None:
        assert set(rig.trips) == {"T1", "T2"}
        assert rig.protection.alarms["T2"].state is S.UNACK_ACTIVE, "there until it is seen to be gone"
        assert rig.protection.alarms["T2"].text.startswith("T2: stage.temperature is 726.9 degC")
        rig.say_all()
        assert rig.protection.alarms["T2"].state is S.UNACK_CLEARED
        with pytest.raises(NotArmed, match="latched trips stand: T1"):
            await rig.protection.arming.arm()

    lives(tmp_path / "m.json", trip, later)


def test_an_acknowledgement_outlives_the_program(tmp_path: Path) -> None:
    async def acknowledged(rig: Rig) -> None:
        await trip(rig)
        rig.protection.alarms.acknowledge("T2", "Ada")

    async def later(rig: Rig) -> None:
        assert rig.protection.alarms["T2"].state is S.ACK_ACTIVE
        assert rig.protection.alarms["T2"].by == "Ada"
        rig.say_all()
        assert rig.protection.alarms["T2"].state is S.LATCHED
        rig.protection.alarms.reset("T2", "Ada")
        assert rig.protection.alarms["T2"].state is S.NORMAL
        with pytest.raises(Tripped, match="not been acknowledged"):
            rig.protection.alarms.reset("T1", "Ada")

    async def last(rig: Rig) -> None:
        assert rig.trips == ["T1"]

    lives(tmp_path / "m.json", acknowledged, later, last)


def test_first_out_and_the_instant_of_raising_outlive_it(tmp_path: Path) -> None:
    raised: list[float] = []

    async def upset(rig: Rig) -> None:
        await armed(rig)
        rig.say(chamber__pressure=600.0)
        await trip(rig)
        raised.append(rig.protection.alarms["T1"].raised or 0.0)

    async def later(rig: Rig) -> None:
        assert rig.protection.alarms["RICH"].first_out
        assert rig.protection.alarms["T1"].after == "RICH"
        rig.protection.alarms.raised(alarm_of_output("x.valve", rig.clock.now(), "no answer"), Kind.ALARM)
        assert rig.protection.alarms["x.valve"].after == "RICH", "the upset goes on, and its first is still the first"
        before = rig.protection.alarms["T1"].raised
        assert before is not None
        assert raised[0] - 60.0 < before < raised[0], "the second program began a little later by civil time"

    lives(tmp_path / "m.json", upset, later)


def test_a_shelf_and_what_is_out_of_service_outlive_it(tmp_path: Path) -> None:
    async def silenced(rig: Rig) -> None:
        rig.protection.alarms.remove("RICH", "Ada", "sensor in repair")

    async def later(rig: Rig) -> None:
        view = rig.protection.alarms["RICH"]
        assert (view.state, view.by, view.reason) == (S.OUT_OF_SERVICE, "Ada", "sensor in repair")

    lives(tmp_path / "m.json", silenced, later)


# --- bypasses over a restart, with a clock of one's own --------------------------------------------------------------


def text_of(rig: Rig, ago: float = 0.0) -> str:
    """What is kept, as if it had been so long ago by civil time, in s."""
    civil = Civil(rig.clock.now(), rig.clock.civil() - timedelta(seconds=ago))
    return remember("rig", rig.protection.alarms, rig.protection.bypasses, civil)


def take_up(rig: Rig, text: str) -> None:
    core = rig.protection
    recall(text, "rig", core.alarms, core.bypasses, Civil(rig.clock.now(), rig.clock.civil()), rig.events.append)


@pytest.mark.parametrize(
    ("ago", "left"), [(0.0, 2 * HOUR), (HOUR, HOUR), (2 * HOUR, 0.0), (9 * HOUR, 0.0), (-HOUR, 0.0)]
)
def test_a_bypass_goes_on_to_its_old_end_and_not_longer(ago: float, left: float) -> None:
    texts: list[str] = []

    async def before(rig: Rig) -> None:
        rig.protection.bypasses.add("F2", "Ada", "test", 2 * HOUR)
        texts.append(text_of(rig, ago))

    async def after(rig: Rig) -> None:
        take_up(rig, texts[0])
        active = rig.protection.bypasses.active
        assert [bypass.left(rig.clock.now()) for bypass in active] == ([pytest.approx(left, abs=1.0)] if left else [])
        [event] = [event for event in rig.events if event.kind is Kind.BYPASS]
        assert ("goes on" if left else "ended over the restart") in event.text

    on_rig(before, whole=WHOLE)
    on_rig(after, whole=WHOLE)


@pytest.mark.parametrize("step", [-5 * HOUR, 0.0, HOUR, 100 * HOUR])
def test_within_one_boot_no_step_of_the_computers_time_moves_the_end_of_a_bypass_or_a_shelf(step: float) -> None:
    """The program was away for half an hour, in which somebody set the time."""
    texts: list[str] = []
    away = HOUR / 2

    def civil(rig: Rig, instant: float, shown: float) -> Civil:
        return Civil(instant, rig.clock.civil() + timedelta(seconds=shown), "this boot")

    async def before(rig: Rig) -> None:
        rig.protection.bypasses.add("F2", "Ada", "test", 2 * HOUR)
        rig.protection.alarms.shelve("RICH", "Ada", "noise", HOUR)
        now = rig.clock.now()
        texts.append(remember("rig", rig.protection.alarms, rig.protection.bypasses, civil(rig, now, 0.0)))

    async def after(rig: Rig) -> None:
        await rig.clock.sleep(away)
        core, now = rig.protection, rig.clock.now()
        recall(texts[0], "rig", core.alarms, core.bypasses, civil(rig, now, step), rig.events.append)
        assert [bypass.left(now) for bypass in core.bypasses.active] == [pytest.approx(2 * HOUR - away, abs=1.0)]
        assert core.alarms["RICH"].until == pytest.approx(now + HOUR - away, abs=1.0)

    on_rig(before, whole=WHOLE)
    on_rig(after, whole=WHOLE)


def test_after_another_boot_whose_time_was_set_back_nothing_stays_set_aside() -> None:
    texts: list[str] = []

    async def before(rig: Rig) -> None:
        rig.protection.bypasses.add("F2", "Ada", "test", 2 * HOUR)
        rig.protection.alarms.shelve("RICH", "Ada", "noise", HOUR)
        await rig.clock.sleep(HOUR / 2)
        texts.append(text_of(rig, -HOUR / 4))

    async def after(rig: Rig) -> None:
        take_up(rig, texts[0])
        assert rig.protection.bypasses.active == ()
        rig.say_all()
        assert rig.protection.alarms["RICH"].state is S.NORMAL

    on_rig(before, whole=WHOLE)
    on_rig(after, whole=WHOLE)


def resealed(text: str, **changes: object) -> str:
    """The text of somebody who changed its first bypass and knows how check sums are made."""
    import hashlib

    whole = json.loads(text)
    whole["content"]["bypasses"][0] |= changes
    body = json.dumps(whole["content"], sort_keys=True).encode()
    return json.dumps({**whole, "sha256": hashlib.sha256(body).hexdigest()})


@pytest.mark.parametrize("changes", [{"id": "T1"}, {"id": "GONE"}, {"until": "2999-01-01T00:00:00+00:00"}])
def test_a_bypass_that_nobody_could_begin_is_not_taken_up(changes: dict[str, object]) -> None:
    async def main(rig: Rig) -> None:
        rig.protection.bypasses.add("F2", "Ada", "test", LONGEST_BYPASS)
        text = resealed(text_of(rig), **changes)
        rig.protection.bypasses.lift("F2", "Ada")
        take_up(rig, text)
        assert rig.protection.bypasses.active == ()
        assert "ended over the restart" in rig.events[-1].text

    on_rig(main, whole=WHOLE)


# --- files that are not whole ----------------------------------------------------------------------------------------


def test_no_part_of_a_file_is_taken_for_the_whole() -> None:
    async def main(rig: Rig) -> None:
        await trip(rig)
        rig.protection.bypasses.add("F2", "Ada", "test", HOUR)
        whole = text_of(rig)
        alarms, bypasses = rig.protection.alarms.all, rig.protection.bypasses.active
        damaged = [whole[:n] for n in range(0, len(whole) - 2, 7)]
        damaged += [
            whole.replace('"UNACK_ACTIVE"', '"NORMAL"'),
            whole.replace('"form": 1', '"form": 2'),
            "[]",
            "null",
            "{}",
        ]
        damaged += [whole.replace('"reactor": "rig"', '"reactor": "other"')]
        for text in damaged:
            with pytest.raises(SafetyError, match="not known"):
                take_up(rig, text)
        assert (rig.protection.alarms.all, rig.protection.bypasses.active) == (alarms, bypasses)

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'{"form": 1}', b"[" * 100_000])
def test_a_damaged_file_is_told_kept_aside_and_counts_as_latched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(content)

    async def first(rig: Rig) -> None:
        rig.say_all()
        [alarm] = [event for event in rig.events if event.kind is Kind.ALARM]
        assert "every trip counts as latched" in alarm.text
        with pytest.raises(NotArmed, match="MEMORY"):
            await rig.protection.arming.arm()

    async def second(rig: Rig) -> None:
        rig.say_all()
        with pytest.raises(NotArmed, match="MEMORY"):
            await rig.protection.arming.arm()
        rig.protection.alarms.acknowledge("MEMORY", "Ada")
        assert await rig.protection.arming.arm() is not None

    async def third(rig: Rig) -> None:
        rig.say_all()
        assert await rig.protection.arming.arm() is not None

    lives(path, first, second, third)
    assert (tmp_path / "m.json.damaged").read_bytes() == content


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    async def main(rig: Rig) -> None:
        for n in range(3000):
            rig.protection.bypasses.add("F2", "Ada", f"test {n}", 60.0)
            time.sleep(0.02)  # noqa: ASYNC251 - the thread that writes is a real one
            if any("are not kept" in event.text for event in rig.events):
                return
        pytest.fail("nobody was told")

    lives(tmp_path / "file" / "m.json", main)


def test_a_path_is_safe_whatever_the_reactor_is_called(tmp_path: Path) -> None:
    names = ["glovebox-ald", "../up", "a/b", "a_b", "ä", "x" * 300]
    paths = [memory_path(tmp_path, name) for name in names]
    assert len(set(paths)) == len(names)
    assert all(path.parent == tmp_path / "protection" and len(path.name) < 100 for path in paths)


WRITER = """
import sys
from pathlib import Path
from vapordep.files.atomic import atomic_write
path, n = Path(sys.argv[1]), 0
while True:
    n += 1
    atomic_write(path, ("%d" % (n % 10)) * 20000 + "\\n")
    if n == 1:
        print("there", flush=True)
"""


@pytest.mark.wall
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_kill_while_writing_leaves_the_old_or_the_new_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    for n in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.05 + 0.013 * n)
            writer.send_signal(signal.SIGKILL)
        text = path.read_text()
        assert len(text) == 20001
        assert len(set(text[:-1])) == 1
