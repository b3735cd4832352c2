"""The live stream: what 50 listeners to 64 tags at 10 Hz cost the web process, and how late each message is.

Called as `python -m bench.stream`; `--help` tells the counts. `vapordep web` stands before a link that tells values as
an engine does; the listeners are in a process of their own, so that their work is not counted. An instant is taken when
a value is told on the link, and when its message was read by a listener. The limit beside it is a bare server that
writes the same bytes to as many sockets.
"""

import argparse
import asyncio
import json
import os
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tests.unit.link.test_codec import ENGINE
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right, Role
from vapordep.app.places import reactor_file
from vapordep.clock import WallClock, run_wall
from vapordep.link.news import Snapshot, TagShown, Value, ValuesRead
from vapordep.link.place import VARIABLE, reactor_folder
from vapordep.link.replies import Done, Refused
from vapordep.link.server import Server
from vapordep.model.tags import Quality
from vapordep.reactor import read_reactor

GOAL_CPU, GOAL_P99 = 0.03, 10.0
"""Of a core; ms."""
PATIENCE = 30.0
CLOCK_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Figures:
    """CPU as a share of a core; ms; messages a second a listener."""

    listeners: int
    tags: int
    cpu: float
    p50: float
    p99: float
    messages: float
    bytes: float


def tell_values(tags: int, hz: float, seconds: float) -> None:
    """As an engine does, until the time is over."""
    reactor = read_reactor(reactor_file(None))
    names = [f"tag{n:02}.value" for n in range(tags)]

    async def tell(clock: WallClock) -> None:
        def snapshot() -> Snapshot:
            shown = tuple(TagShown(name, "Pa", "pressure", False, 2.0) for name in names)
            return Snapshot(server.epoch, server.number, clock.now(), ENGINE, shown, ())

        server = Server(
            reactor_folder(reactor), reactor.name, clock,
            lambda request, reply: reply(
                Done(request.number, snapshot=snapshot())
                if type(request.order).__name__ == "TakeSnapshot"
                else Refused(request.number, "LinkError", "not here")
            ),
        )  # fmt: skip
        with closing(server):
            ends = clock.now() + seconds
            due = clock.now()
            while due < ends:
                due += 1.0 / hz
                await clock.sleep_until(due)
                now = clock.now()
                values = (Value(n, now, random.random() * 1e3, Quality.GOOD) for n in names)  # noqa: S311
                server.tell(ValuesRead(tuple(values)))

    run_wall(tell)


def listen(port: int, token: str, listeners: int, seconds: float) -> None:
    """Prints the lateness of all messages, in s.

    Nothing is done with what comes but to take the instant: a judge that reads line by line is late for the last ones
    of 50 by what it takes for the first. What was in it is looked at afterwards.
    """
    heard: list[list[tuple[float, bytes]]] = [[] for _ in range(listeners)]
    with selectors.DefaultSelector() as selector:
        for each in heard:
            line = socket.create_connection(("127.0.0.1", port))
            head = f"GET /api/stream HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
            line.sendall(head.encode())
            line.setblocking(False)
            selector.register(line, selectors.EVENT_READ, each)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0.0:
            for key, _ in selector.select(left):
                data = key.fileobj.recv(2**18)  # type: ignore[union-attr]
                key.data.append((time.monotonic(), data))
                if not data:
                    raise RuntimeError("the stream has ended")
    late, size = [], 0
    for each in heard:
        found, size = lateness(each)
        late += found
    print(json.dumps({"late": late, "bytes": size}))


def lateness(heard: list[tuple[float, bytes]]) -> tuple[list[float], int]:
    """Of each message of new values, when its end was there, after the first value's own instant; and its length."""
    found, size, line, is_news = [], 0, b"", True
    for now, data in heard:
        *lines, line = (line + data).split(b"\n")
        for each in lines:
            if each.startswith(b"event: "):
                is_news = each == b"event: news"  # what a snapshot tells had come before
            _, _, values = each.partition(b'"values":{"tag')
            if is_news and each.startswith(b"data: ") and values:
                found.append(now - float(values.partition(b":[")[2].partition(b",")[0]))
                size = len(each)
    return found, size


def serve_bare(port: int, size: int, hz: float, seconds: float) -> None:
    """The limit: the same bytes to as many sockets, with the instant where a message has it."""
    writers: list[asyncio.StreamWriter] = []

    async def serve() -> None:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writers.append(writer)

        async with await asyncio.start_server(take, "127.0.0.1", port):
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                await asyncio.sleep(1.0 / hz)
                head = f'data: {{"values":{{"tag":[{time.monotonic()},'
                message = (head + "1" * (size - len(head)) + "\n\n").encode()
                for writer in writers:
                    if not writer.is_closing():
                        writer.write(message)

    asyncio.run(serve())


def cpu_of(pid: int) -> float:
    """CPU time of a process so far, in s."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICK


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def measured(pid: int, port: int, token: str, asked: argparse.Namespace) -> Figures:
    words = ("listen", str(port), token, str(asked.listeners), str(asked.seconds + 3.0))
    with started("bench.stream", *words) as ears:
        time.sleep(2.0)
        began, cpu = time.monotonic(), cpu_of(pid)
        time.sleep(asked.seconds)
        cpu, lasting = cpu_of(pid) - cpu, time.monotonic() - began
        told = json.loads(ears.communicate(timeout=PATIENCE)[0])
    late = 1e3 * np.array(told["late"])
    p50, p99 = np.percentile(late, [50, 99])
    return Figures(
        asked.listeners, asked.tags, cpu / lasting, float(p50), float(p99),
        len(late) / asked.listeners / (asked.seconds + 3.0), told["bytes"],
    )  # fmt: skip


def answers(port: int) -> bool:
    with closing(socket.socket()) as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as line:
        return int(line.getsockname()[1])


def of_the_web(asked: argparse.Namespace, folder: Path) -> Figures:
    """With the real web process before a link."""
    accounts = Accounts.of(folder / "history")
    person = accounts.people.add("bench", Role.VIEWER, "a few good words")
    token = accounts.tokens.make(person, "bench", frozenset({Right.READ}), 1.0)
    port = free_port()
    lasting = str(asked.seconds + 60.0)
    web = ("vapordep", "web", str(reactor_file(None)), "--history", str(folder / "history"), "--port", str(port))
    with started("bench.stream", "tell", str(asked.tags), str(asked.hz), lasting), started(*web) as process:
        give_up = time.monotonic() + PATIENCE
        while not answers(port):
            if time.monotonic() > give_up:
                raise RuntimeError("no page came up")
            time.sleep(0.1)
        time.sleep(3.0)
        return measured(process.pid, port, token, asked)


def of_a_bare_server(asked: argparse.Namespace, size: int) -> Figures:
    port = free_port()
    words = ("bare", str(port), str(size), str(asked.hz), str(asked.seconds + 30.0))
    with started("bench.stream", *words) as process:
        time.sleep(2.0)
        return measured(process.pid, port, "", asked)


def main() -> None:
    roles = {"tell": tell_values, "listen": listen, "bare": serve_bare}
    if len(sys.argv) > 1 and sys.argv[1] in roles:
        numbers = [json.loads(word) if word[:1].isdigit() else word for word in sys.argv[2:]]
        roles[sys.argv[1]](*numbers)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=50)
    parser.add_argument("--tags", type=int, default=64)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ[VARIABLE] = str(Path(name) / "run")
        found = of_the_web(asked, Path(name))
        bare = of_a_bare_server(asked, int(found.bytes))
    if asked.json:
        print(json.dumps({"web": asdict(found), "bare": asdict(bare), "goal_cpu": GOAL_CPU, "goal_p99_ms": GOAL_P99}))
        return
    for what, each in (("vapordep web", found), ("a bare server", bare)):
        print(
            f"{what}: {each.listeners} listeners x {each.tags} tags, {each.bytes} bytes a message: {each.cpu:.2%} of a "
            f"core, late p50 {each.p50:.1f} ms, p99 {each.p99:.1f} ms, {each.messages:.1f} messages/s a listener"
        )
    print(f"{found.cpu / bare.cpu:.1f} x the bare server (goal {GOAL_CPU:.0%} of a core, p99 {GOAL_P99:.0f} ms)")


if __name__ == "__main__":
    main()
