"""Whole runs by the Python client, strangers at the stream, and processes of which some are killed meanwhile."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

import vapordep
from tests.wall.processes import (
    FLOODED,
    PATIENCE,
    Served,
    answers,
    free_port,
    interrupt,
    recipe_of_pulses,
    served,
    started,
    until,
)
from tests.wall.stranger import Message, Stranger
from tests.wall.test_serve import shown
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.app.places import reactor_file
from vapordep.client import Lab
from vapordep.errors import NoEngine, NotAllowed, NotInControl, NotLoggedIn, RecipeError, RunError

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform == "win32", reason="kill and Ctrl-C as POSIX knows them"),
]
CYCLES = 5
RECIPE = recipe_of_pulses(CYCLES, purge="3 s")
"""Not over before a slow machine has asked for what it wants to know meanwhile."""
PEOPLE = {"vera": Role.VIEWER, "tina": Role.TRAINEE, "ben": Role.OPERATOR, "emma": Role.ENGINEER}
MOST = 64
"""Who may listen at once, as docs/security.md says."""


@dataclass(frozen=True)
class House:
    """A reactor that is served with its page, and the accounts of it."""

    simulated: Served
    process: subprocess.Popen[bytes]
    port: int
    accounts: Accounts

    def token(self, name: str, *scope: Right) -> str:
        """One that may do all that its person may, or what a scope says."""
        rights = frozenset(scope) or RIGHTS[PEOPLE[name]]
        return self.accounts.tokens.make(self.accounts.people.named(name), "tests", rights, 1.0)

    def lab(self, name: str, *scope: Right) -> Lab:
        return vapordep.connect(f"http://localhost:{self.port}", self.token(name, *scope))

    def is_heard(self) -> bool:
        """Whether the web has heard the engine."""
        with suppress(NoEngine):
            return bool(self.lab("vera").now())
        return False

    def kill_web(self) -> None:
        """The process of the page, as a crash would."""
        engine = shown()
        assert engine is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        [web] = {int(child) for child in children.split()} - {engine.pid}
        os.kill(web, signal.SIGKILL)

    def kill_engine(self) -> None:
        engine = shown()
        assert engine is not None
        os.kill(engine.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, port = tmp_path_factory.mktemp("house"), free_port()
    history = folder / "history"
    accounts = Accounts.of(history)
    for name, role in PEOPLE.items():
        accounts.people.add(name, role, "a few good words")
    with served(reactor_file("glovebox_ald"), folder) as simulated:
        options = [str(simulated.file), "--history", str(history), "--port", str(port)]
        with started("serve", *options, into=folder / "serve.log") as process:
            until(lambda: shown() is not None and answers(port), process, FLOODED)
            made = House(simulated, process, port, accounts)
            until(made.is_heard, process)
            yield made
            interrupt(process)
            assert process.wait(PATIENCE) == 0


class Listening:
    """A stranger who listens all the while, and comes back behind the last id whenever the connection ends."""

    def __init__(self, house: House) -> None:
        self.heard: list[Message] = []
        self.comings: list[int] = []
        """How much had been heard as they came."""
        self._house, self._token, self._last = house, house.token("vera"), ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    @contextmanager
    def all_the_while(self) -> Iterator["Listening"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            self._thread.join(PATIENCE)

    def _listen(self) -> None:
        while not self._ending.wait(0.1):
            try:
                with closing(Stranger(self._house.port, self._token, self._last)) as line:
                    assert line.status == 200
                    self.comings.append(len(self.heard))
                    self._take(line)
            except OSError:
                continue  # nobody is there just now

    def _take(self, line: Stranger) -> None:
        for message in line:
            self.heard.append(message)
            self._last = message.id
            if self._ending.is_set():
                return

    @property
    def events(self) -> list[str]:
        """What was told as new, or given again after a gap."""
        told = [message.told.get("events", ()) for message in self.heard if message.kind != "snapshot"]
        return [event["text"] for events in told for event in events]

    @property
    def epochs(self) -> list[str]:
        """The lives of the engine that were heard of."""
        return list(dict.fromkeys(message.id.partition(":")[0] for message in self.heard))


def test_there_is_room_for_so_many_strangers_and_the_next_is_told(house: House) -> None:
    token, vera = house.token("vera"), house.lab("vera")
    with ExitStack() as stack:
        strangers = [stack.enter_context(closing(Stranger(house.port, token))) for _ in range(MOST)]
        lines = [iter(each) for each in strangers]
        assert [next(line).kind for line in lines] == ["snapshot"] * MOST
        late = stack.enter_context(closing(Stranger(house.port, token)))
        assert (late.status, late.refusal()["type"]) == (503, "TooManyListeners")
        assert vera.abort(), "which needs no place among them"
        news = next(message.id for message in lines[-1] if message.kind == "news")
        for line in lines[:-1]:
            assert any(message.id == news for message in line), "one message for all"

    def there_is_room() -> bool:
        with closing(Stranger(house.port, token)) as again:
            return again.status == 200

    until(there_is_room, house.process)


def test_a_whole_run_over_processes_of_which_some_are_killed(house: House) -> None:
    house.lab("emma")._asking.change("/api/recipes/own/pulses", {"text": RECIPE, "base": 0, "note": ""})
    with Listening(house).all_the_while() as stranger:
        until(lambda: bool(stranger.heard), house.process)
        _who_may_not_start_is_told_why(house)
        _control_that_is_taken_over_is_announced(house, stranger)
        run = _a_run_is_followed_past_a_web_that_is_killed(house)
        _what_it_gave_is_read(house.lab("vera"), run)
        until(lambda: f"Al2O3 {CYCLES} of {CYCLES}" in stranger.events and len(stranger.comings) > 1, house.process)
        _the_stranger_missed_no_event(stranger)
        _a_run_whose_engine_is_killed_ends(house, stranger)


def _who_may_not_start_is_told_why(house: House) -> None:
    for lab, why in (
        (house.lab("vera"), r"vera \(viewer\) has no right to run"),
        (house.lab("ben", Right.READ, Right.ABORT), "has the right to run, but this token is for abort, read only"),
        (house.lab("tina"), r"tina \(trainee\) may run shipped recipes only"),
    ):
        with pytest.raises(NotAllowed, match=why), lab.control() as control:
            control.start("own/pulses")
    with house.lab("tina").control() as control, pytest.raises(RecipeError, match="cycles = 100000 is out of bounds"):
        control.start("shipped/al2o3_on_lithium", {"cycles": "100000"})
    assert list(house.lab("vera").runs()) == []


def _control_that_is_taken_over_is_announced(house: House, stranger: Listening) -> None:
    with house.lab("ben").control() as ben:
        with pytest.raises(NotInControl, match="ben has control"), house.lab("emma").control():
            pass
        with house.lab("emma").control(force=True):
            with pytest.raises(NotInControl, match="emma has control"):
                ben.start("own/pulses")
            until(lambda: "emma has control, taken over from ben" in stranger.events, house.process)


def _a_run_is_followed_past_a_web_that_is_killed(house: House) -> str:
    """Ordered about, its web killed, and another's token revoked meanwhile."""
    ben = house.lab("ben")
    with ben.control() as control:
        run = control.start("own/pulses", samples=[{"id": "Li-1"}], note="by a program")
        with pytest.raises(RunError, match="is under way"):
            control.start("own/pulses")
    _who_follows_by_a_token_that_is_revoked_is_told(house)
    paused = killed = False
    state = {}
    for state in ben.follow(every=0.1):
        assert state["run_id"] == run
        if state["state"] == "RUNNING" and not paused:
            with ben.control() as control:
                assert control.ask("pause", "a look") == "the run is PAUSING"
                assert ben.verbs()["state"] in ("PAUSING", "PAUSED"), "who was answered sees what came of it"
                assert control.ask("resume") == "the run is RUNNING"
                assert ben.verbs()["state"] == "RUNNING"
            paused = True
        if state["cycle"] >= 1 and not killed:
            house.kill_web()
            killed = True
    assert (state["state"], killed) == ("COMPLETE", True)
    return run


def _who_follows_by_a_token_that_is_revoked_is_told(house: House) -> None:
    states = house.lab("vera", Right.READ).follow(every=0.0)
    next(states)
    house.accounts.tokens.revoke(next(each.id for each in house.accounts.tokens.all() if each.scope == {Right.READ}))
    with pytest.raises(NotLoggedIn, match="this token does not hold: it was revoked"):
        next(states)


def _what_it_gave_is_read(lab: Lab, run: str) -> None:
    told = lab.run(run)
    assert (told["state"], told["operator"], told["samples"][0]["id"]) == ("COMPLETE", "ben", "Li-1")
    assert [pulse["cycle"] for pulse in lab.pulses(run)] == list(range(1, CYCLES + 1))
    asked_for = [event["text"] for event in lab.events(run, "run")]
    assert "PAUSING: asked for by ben: a look" in asked_for
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    frame = lab.frame(run, "TMA.valve", "chamber.pressure")
    assert (frame["TMA.valve"].dropna().diff() == 1.0).sum() == CYCLES
    assert frame.attrs["units"]["chamber.pressure"] == "Pa"
    assert lab.cycles(run, "chamber.pressure").xarray().sizes["cycle"] == CYCLES
    assert lab.table().loc[run, "state"] == "COMPLETE"


def _the_stranger_missed_no_event(stranger: Listening) -> None:
    """The snapshot first; each cycle once, though two webs told of them."""
    assert stranger.heard[0].kind == "snapshot"
    first, *later = stranger.comings
    assert first == 0
    assert later, "the web came back"
    gap, snapshot = stranger.heard[later[-1] :][:2]
    assert (gap.kind, gap.told["events_complete"], snapshot.kind) == ("gap", True, "snapshot")
    assert gap.told["after"] == stranger.heard[later[-1] - 1].id
    once = Counter(text for text in stranger.events if text.startswith("Al2O3 "))
    assert once == {f"Al2O3 {number} of {CYCLES}": 1 for number in range(1, CYCLES + 1)}
    assert len(stranger.epochs) == 1


def _a_run_whose_engine_is_killed_ends(house: House, stranger: Listening) -> None:
    ben = house.lab("ben")
    with ben.control() as control:
        run = control.start("own/pulses")
    killed = False
    for state in ben.follow(every=0.1):
        if state["state"] == "RUNNING" and not killed:
            house.kill_engine()
            killed = True
    assert (ben.run(run)["state"], killed) == ("INTERRUPTED", True)
    assert house.simulated.all_shut()
    until(lambda: len(stranger.epochs) == 2, house.process)
    [at, *_] = [n for n, message in enumerate(stranger.heard) if message.id.startswith(stranger.epochs[1])]
    gap, snapshot = stranger.heard[at - 1 : at + 1]
    assert (gap.kind, gap.told["events_complete"], snapshot.kind) == ("gap", False, "snapshot")
