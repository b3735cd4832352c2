"""A board of outputs behind a loopback port, tapes that make it safe, and small engines that do as they are told."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

PATIENCE = 60.0
"""How long anything may take that takes a second on a quiet machine, in s."""


class Board:
    """Outputs that are told `w name value` and asked `r name`; each line is answered by `name value`."""

    def __init__(self, **state: int) -> None:
        self.state = {**state}
        self.heard: list[tuple[float, str]] = []
        self.answer: Callable[[str], str | None] = lambda reply: reply + "\n"
        """What becomes of a reply: None for silence."""
        self.connections: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody can connect any more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rw") as talk:
            for line in talk:
                self.heard.append((time.monotonic(), line.strip()))
                words = line.split()
                if words[:1] == ["w"]:
                    self.state[words[1]] = int(words[2])
                reply = self.answer(f"{words[1]} {self.state[words[1]]}") if len(words) > 1 else None
                if reply is not None:
                    talk.write(reply)
                    talk.flush()


@contextmanager
def board(**state: int) -> Iterator[Board]:
    """A board that is there for a while."""
    made = Board(**state)
    try:
        yield made
    finally:
        made.close()


def step(output: str, says: str, reply: str, **more: Any) -> dict[str, Any]:
    """One step of a tape."""
    usual = {"for": output, "of": "board", "send": f"{says}\n".encode().hex(), "reply": f"{reply}\\n", "check": ""}
    return {**usual, "within": 0.3, "rest": 0.0, "if": {}, **more}


def safe(output: str, value: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Writes an output and reads it back."""
    return [step(output, f"w {output} {value}", f"{output} {value}", **more),
            step(output, f"r {output}", f"{output} {value}", **more)]  # fmt: skip


def line(port: int, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A TCP line of a tape."""
    usual = {"where": f"tcp://127.0.0.1:{port}", "kind": "tcp", "host": "127.0.0.1", "port": port}
    return {**usual, "quiet": 0.02, "resync": "", "steps": list(steps), **more}


def tape(*lines: dict[str, Any]) -> dict[str, Any]:
    """A tape."""
    return {"tape": 1, "reactor": "board", "lines": list(lines)}


PRELUDE = """
import json, os, signal, sys, threading, time
TAPE = json.loads(sys.argv[1])
def say(**message):
    sys.stdout.write(json.dumps(message) + "\\n"); sys.stdout.flush()
def hear():
    message = json.loads(sys.stdin.readline() or '{"order": "lost"}')
    return hear() if "alive" in message else message
def arm():
    say(beat=0); say(arm=1, tape=TAPE); return hear()
def beats(first=1, seconds=60.0, every=0.1, rise=1):
    for n in range(int(seconds / every)):
        say(beat=first + n * rise, states={"evacuated": True}); time.sleep(every)
def in_thread(work):
    threading.Thread(target=work, daemon=True).start()
"""


def engine(code: str, played: dict[str, Any]) -> list[str]:
    """The command line of an engine that does `code`."""
    return [sys.executable, "-c", PRELUDE + code, json.dumps(played)]


def soon(holds: Callable[[], object], within: float = PATIENCE) -> None:
    """Waits until `holds()`."""
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.01)
