"""Progress: what a snapshot looks like on a screen, in a file, and while a prompt waits."""

import asyncio
import io
import math
from dataclasses import replace

import pytest
from rich.console import Console

from vapordep.app.running.outside import Snapshot
from vapordep.cli.terminal.keyboard import Keyboard, keys_for
from vapordep.cli.terminal.progress import Progress, line
from vapordep.model.amendments import Amendment, CyclesAmendment, PurgeAmendment
from vapordep.model.questions import Question, Wanted
from vapordep.model.run import RunState, Verb, verbs

SNAPSHOT = Snapshot(
    RunState.RUNNING, "main[3].purge 40 s", "main", 3, 36, 10, "", 600.0, 3.0, 1200.0, 97.0, 373.15, "started"
)  # fmt: skip


class Keys(Keyboard):
    """A keyboard on which the test types."""

    def __init__(self, typed: str = "") -> None:
        self.attended = True
        self.typed = list(typed)

    def character(self) -> str:
        return self.typed.pop(0) if self.typed else ""


def screen(snapshot: Snapshot, width: int = 80) -> list[str]:
    progress = Progress("recipe", quiet=False, keyboard=Keys())
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as captured:
        console.print(progress._view(snapshot))
    return captured.get().splitlines()


def test_the_screen_tells_cycle_step_and_both_times() -> None:
    text = "\n".join(screen(SNAPSHOT))
    for wanted in ("RUNNING", "main 3 of 36", "purge 40 s", "97 Pa", "100 degC", "10 pulses"):
        assert wanted in text
    assert "0:10:00, about 0:20:00 left" in text
    assert "0:00:03, about 0:00:06 left" in text, "as fast as so far"


def test_the_screen_fits_and_does_not_jump() -> None:
    long = replace(SNAPSHOT, waiting_for="stage.temperature within 2 K of 100 degC", cycles=0, step="heat")
    before = replace(SNAPSHOT, simulated=0.0, wall=0.0, left=math.nan, pressure=math.nan)
    shapes = {len(screen(snapshot)) for snapshot in (SNAPSHOT, long, before)}
    assert len(shapes) == 1
    assert max(map(len, screen(long))) <= 80


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        (RunState.RUNNING, "h hold  p pause  s stop  a abort  k skip  m amend"),
        (RunState.HELD, "r restart  s stop  c cap  a abort  m amend"),
    ],
)
def test_only_keys_that_mean_something_are_named(state: RunState, keys: str) -> None:
    assert keys_for(verbs(state)) == keys
    assert max(map(len, screen(replace(SNAPSHOT, allowed=verbs(state))))) <= 80


def test_a_held_run_tells_what_a_person_needs_to_decide() -> None:
    held = replace(SNAPSHOT, state=RunState.HELD, standing="whole cycles main 2 of 36; last dose main[3].dose H2O")
    assert "whole cycles main 2 of 36; last dose main[3].dose H2O" in screen(held)


def test_a_line_for_files() -> None:
    assert line(SNAPSHOT) == "RUNNING: main 3 of 36, main[3].purge 40 s; 0:10:00 done, about 0:20:00 left"
    assert line(replace(SNAPSHOT, cycles=0, step="")) == "RUNNING: -; 0:10:00 done, about 0:20:00 left"


def test_without_a_terminal_lines_are_seldom(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("recipe", quiet=False, keyboard=Keys())
    for wall in (1.0, 9.9, 10.0, 15.0, 20.1):
        progress.show(replace(SNAPSHOT, wall=wall))
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 2)


def test_keys_are_verbs() -> None:
    progress = Progress("recipe", quiet=True, keyboard=Keys("hq"))
    assert [progress.verb() for _ in range(3)] == [Verb.HOLD, None, None]


def test_an_amendment_is_typed(capsys: pytest.CaptureFixture[str]) -> None:
    async def asked() -> list[Verb | Amendment | None]:
        progress = Progress("recipe", quiet=False, keyboard=Keys("mmain +20\rmTMA x1.5\rmh\rm\rh"))
        return [progress.verb() for _ in range(9)]

    orders = asyncio.run(asked())
    assert orders[:4] == [None, CyclesAmendment("main", 20), None, PurgeAmendment("TMA", factor=1.5)]
    assert orders[4:] == [None, None, None, None, Verb.HOLD]
    assert "is no amendment" in capsys.readouterr().err


def test_a_prompt_waits_for_y() -> None:
    async def asked() -> list[str]:
        progress = Progress("recipe", quiet=False, keyboard=Keys("ny"))
        seen = []
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            asking = group.create_task(progress.ask(Question("Close the lid.")))
            await asyncio.sleep(0)
            for _ in "ny":
                seen.append("waits" if not asking.done() else "done")
                progress.verb()
                await asyncio.sleep(0)
            await asking
        return seen

    assert asyncio.run(asked()) == ["waits", "waits"]


def test_a_text_is_typed_and_keys_mean_nothing_else_meanwhile() -> None:
    async def asked() -> tuple[str, list[Verb | Amendment | None]]:
        progress = Progress("recipe", quiet=False, keyboard=Keys("ha\x1b5X\x7f\rh"))
        asking = asyncio.ensure_future(progress.ask(Question("Which sample?", Wanted.TEXT)))
        await asyncio.sleep(0)
        verbs = [progress.verb()]
        answer = await asking
        return answer.text, [*verbs, progress.verb()]

    assert asyncio.run(asked()) == ("ha5", [None, Verb.HOLD])


def test_a_question_given_up_takes_no_answer_to_the_next() -> None:
    async def asked() -> str:
        progress = Progress("recipe", quiet=False, keyboard=Keys("ab\r"))
        given_up = asyncio.ensure_future(progress.ask(Question("Which?", Wanted.TEXT)))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait((given_up,))
        asking = asyncio.ensure_future(progress.ask(Question("And now?", Wanted.TEXT)))
        await asyncio.sleep(0)
        progress.verb()
        return (await asking).text

    assert asyncio.run(asked()) == "ab"


def test_nobody_attends_without_a_terminal() -> None:
    keyboard = Keyboard()
    assert not keyboard.attended
    assert keyboard.key() == ""
    with keyboard.listening():
        pass
