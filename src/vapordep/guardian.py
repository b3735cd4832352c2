"""The guardian: parent of engine and web, who makes the reactor safe when the engine dies, hangs, or ABORT is called.

Standard library only: nothing of vapordep can take it down. The engine tells it, a JSON object a line: `{"beat": n,
"states": {...}}` with the count of interlock evaluations; `{"arm": id, "tape": {...}}`, answered by `guarded` or
`refused`; `{"safe": true}` when it is disarmed and every output was read back at its safe value. It is told
`{"order": "stop" | "abort", "why": ...}` and, as a sign of life, `{"alive": n}`.
"""

import argparse
import ctypes
import json
import os
import queue
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

T_GUARD, T_SAFE = 1.0, 3.0
"""s: without a new evaluation the engine is dead; after an abort it must have said that all is safe."""
STOP_WITHIN, KILL_WITHIN, GIVE_UP = 10.0, 2.0, 10.0
"""s: for an orderly stop; for a killed process to be gone; a tape that fails, once the guardian is to end."""
TICK, AGAIN, ALIVE, SLEPT, CONNECT_WITHIN, LONGEST_DRAIN = 0.1, 1.0, 0.5, 0.5, 1.0, 0.3
"""s: between looks, tries of a tape, signs of life; sleep that counts; opening a line; for a line to fall silent."""
BACK_OFF, STEADY = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0), 600.0
"""s: before the next engine, by how many died before it; of one that lived so long nothing is held against the next."""
SOCKET, PORT, LOG, WORD = "abort.socket", "abort.port", "guardian.log", b"ABORT"
UNSAFE = 4
"""Exit status: not every output was read back at its safe value."""
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
Message = dict[str, Any]
Part = Mapping[str, Any]
Argv = Sequence[str]
Times = tuple[float, float]


def clocks() -> Times:
    """Seconds without and with the time this computer slept."""
    now = time.monotonic()
    return now, time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else now


class Log:
    """Lines appended to a file of bounded size by a thread: a disk that is full or hangs holds nobody up."""

    def __init__(self, path: Path, most: int = 1_000_000) -> None:
        self.path, self.most = path, most
        self.unwritten: deque[str] = deque(maxlen=1000)
        self._wake = threading.Event()
        threading.Thread(target=self._write_for_ever, daemon=True).start()

    def __call__(self, text: str) -> None:
        """Appends one line, with the time of day and the monotonic clock."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.unwritten.append(f"{stamp} {time.monotonic():.3f} {text}\n")
        self._wake.set()

    def flush(self) -> None:
        """Gives the disk a second."""
        for _ in range(100):
            time.sleep(0.01 * bool(self.unwritten))

    def _write_for_ever(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with suppress(OSError, IndexError):  # full, or gone: what the queue holds is written when it can be
                self.path.parent.mkdir(parents=True, exist_ok=True)
                while self.unwritten:
                    if self.path.exists() and self.path.stat().st_size > self.most:
                        self.path.replace(self.path.with_suffix(".1.log"))
                    with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                        file.write(self.unwritten[0])
                    self.unwritten.popleft()


# --- lines: what is POSIX only stands in `_serial` -------------------------------------------------------------------


def _tcp(line: Part) -> Any:
    connection = socket.create_connection((line["host"], line["port"]), timeout=CONNECT_WITHIN)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:  # the file keeps it open
        return connection.makefile("rwb", buffering=0)


def _serial(line: Part) -> Any:
    import fcntl
    import termios

    port = open(  # noqa: SIM115 - whoever takes the line closes it
        os.open(line["device"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK), "r+b", buffering=0
    )
    try:
        fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.ioctl(port, termios.TIOCEXCL)
        parity = {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}[line["parity"]]
        bits = {7: termios.CS7, 8: termios.CS8}[line["data_bits"]] | termios.CSTOPB * (line["stop_bits"] == 2)
        speed, flags = getattr(termios, f"B{line['baud']}"), termios.CREAD | termios.CLOCAL | bits | parity
        termios.tcsetattr(port, termios.TCSANOW, [0, 0, flags, 0, speed, speed, [b"\0"] * 32])
    except (OSError, termios.error, LookupError, AttributeError) as error:
        port.close()
        raise OSError(f"cannot take {line['device']}: {error!r}") from error
    return port


LINES: dict[str, Callable[[Part], Any]] = {"tcp": _tcp, "serial": _serial}
"""How a line of each kind is opened, for this process alone, as an unbuffered file."""


def _send(port: Any, data: bytes) -> None:
    if port.write(data) != len(data):
        raise OSError("it takes no more bytes")


def _receive(port: Any, within: float) -> bytes:
    if not select.select([port], [], [], within)[0]:
        return b""
    if data := port.read(4096):
        return bytes(data)
    raise ConnectionResetError("it closed the connection")


# --- the tape --------------------------------------------------------------------------------------------------------


def crc16(data: bytes) -> bytes:
    """The check bytes of Modbus RTU, low byte first: polynomial 0x8005 reflected, start 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def found(pattern: str, check: str, received: bytes) -> bytes | None:
    """The first reply in `received` that fits the pattern and, when `check` says so, ends with its CRC."""
    for match in re.finditer(b"(?s)(?=(%s))" % pattern.encode("ascii"), received):
        if not check or crc16(match[1][:-2]) == match[1][-2:]:
            return match[1]
    return None


def examine(tape: Part) -> None:
    """Raises some error for a tape that cannot be played: better when it is handed over than when it is needed."""
    for line in tape["lines"]:
        bytes.fromhex(line["resync"])
        if line["kind"] not in LINES:
            raise ValueError(f"{line['where']} is {line['kind']!r}, no line that can be taken")
        for step in line["steps"]:
            sent = bytes.fromhex(step["send"])
            times = step["within"] + step["rest"] + line["quiet"]
            found(step["reply"], step["check"], sent)
            found(step.get("true", ""), step["check"], sent)
            if not (sent and step["for"] and step["of"] and step["tries"] > 0 and 0.0 < times < inf):
                raise ValueError(f"{line['where']}: a step for {step['for']!r} cannot be played")


class Player:
    """One playing of a tape: all lines at once, each in a thread of its own."""

    def __init__(self, tape: Part, told: Mapping[str, bool]) -> None:
        """`told` are the states that the engine last told; those that an instrument tells are asked for anew."""
        self.lines: Sequence[Part] = tape["lines"]
        self.asking = {s["input"]: threading.Event() for line in self.lines for s in line["steps"] if "input" in s}
        self.truths = {**told, **dict.fromkeys(self.asking, False)}
        self.failed: dict[str, str] = {}

    def play(self) -> dict[str, str]:
        """Which outputs are not known to be safe, and why; empty when all were read back."""
        threads = [threading.Thread(target=self._line, args=(line,), daemon=True) for line in self.lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.failed

    def _line(self, line: Part) -> None:
        """Inputs, then what depends on none, then what does; an instrument that is mute keeps nobody waiting."""
        port, mute, later = None, set(), []
        try:
            port = LINES[line["kind"]](line)
            self._drain(port, line)
            for step in sorted(line["steps"], key=lambda step: (0 if "input" in step else 1, len(step["if"]))):
                if not self._applies(step):
                    continue
                if step["of"] in mute:
                    later.append(step)
                elif not self._done(port, line, step):
                    mute.add(step["of"])
            for step in later:
                self._done(port, line, step)
        except Exception as error:  # whatever it is: what was not played is not safe
            self.failed |= {step["for"]: f"{line['where']}: {error!r}" for step in line["steps"]}
        finally:
            for step in line["steps"]:
                self.asking.get(step.get("input"), threading.Event()).set()
            if port is not None:
                port.close()

    def _applies(self, step: Part) -> bool:
        """Whether the states are those of this variant; an instrument on another line may still have to tell one."""
        for name in step["if"]:
            if name in self.asking:
                self.asking[name].wait()
        return all(self.truths.get(name, False) is wanted for name, wanted in step["if"].items())

    def _done(self, port: Any, line: Part, step: Part) -> bool:
        """Sends it until the reply fits; what an input tells is kept, and one that tells nothing is not true."""
        reply = self._reply(port, line, step)
        if "input" in step:
            self.truths[step["input"]] = reply is not None and found(step["true"], step["check"], reply) is not None
            self.asking[step["input"]].set()
        elif reply is None:
            self.failed[step["for"]] = f"{line['where']}: {step['send']} was not answered as it must be"
        return reply is not None

    def _reply(self, port: Any, line: Part, step: Part) -> bytes | None:
        for _ in range(step["tries"]):
            received = b""
            _send(port, bytes.fromhex(step["send"]))
            until = time.monotonic() + step["within"]
            while (left := until - time.monotonic()) > 0:
                received += _receive(port, left)
                if (reply := found(step["reply"], step["check"], received)) is not None:
                    time.sleep(step["rest"])
                    return reply
            self._drain(port, line)
        return None

    def _drain(self, port: Any, line: Part) -> None:
        """Brings instruments back to waiting for a command, and drops what is still on its way."""
        until = time.monotonic() + LONGEST_DRAIN
        if line["resync"]:
            _send(port, bytes.fromhex(line["resync"]))
        while _receive(port, line["quiet"]) and time.monotonic() < until:
            pass


# --- processes and callers -------------------------------------------------------------------------------------------


class Child:
    """A process of ours, with a pipe to it and one from it; each has its thread, so that neither holds us up."""

    def __init__(self, argv: Sequence[str], hear: Callable[["Child", Message | None], None] | None = None) -> None:
        """`hear` takes each message, and None at the end of the pipe; without it its output is not ours."""
        apart: Any = {"start_new_session": True} if os.name == "posix" else {"creationflags": 0x200}  # no Ctrl-C for it
        out = None if hear is None else subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, **apart)  # noqa: S603 - our own
        self._ended = False
        self._orders: queue.Queue[bytes] = queue.Queue(maxsize=100)
        threading.Thread(target=self._write, args=(self.process.stdin,), daemon=True).start()
        if hear is not None:
            threading.Thread(target=self._read, args=(self.process.stdout, hear), daemon=True).start()

    def tell(self, **message: object) -> None:
        """Sends a message; one that does not read loses it."""
        with suppress(queue.Full):
            self._orders.put_nowait(json.dumps(message).encode() + b"\n")

    @property
    def gone(self) -> bool:
        """Whether it has ended, or let go of its pipe."""
        return self._ended or self.process.poll() is not None

    def kill(self) -> bool:
        """Kills it and waits until it is gone; False when it would not go."""
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(KILL_WITHIN)
        return self.process.returncode is not None

    def _write(self, pipe: Any) -> None:
        with suppress(OSError):
            while True:
                pipe.write(self._orders.get())
                pipe.flush()

    def _read(self, pipe: Any, hear: Callable[["Child", Message | None], None]) -> None:
        for line in pipe:
            with suppress(Exception):  # what is no message is no sign of life either
                hear(self, dict(json.loads(line)))
        self._ended = True
        hear(self, None)


class Bell:
    """The socket that knows one word. It takes datagrams: nobody who is slow, or many, can keep a connection busy."""

    def __init__(self, folder: Path, ring: Callable[[], None], *, unix: bool = hasattr(socket, "AF_UNIX")) -> None:
        """In a folder of our own (0700); without Unix sockets on the loopback, and the word carries a token."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.path, self.word = folder / (SOCKET if unix else PORT), WORD
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_DGRAM)
        if unix:
            self.socket.bind(str(self.path))
        else:
            self.socket.bind(("127.0.0.1", 0))
            self.word += b" " + secrets.token_hex(16).encode()
            self.path.write_text(f"{self.socket.getsockname()[1]} {self.word.decode()}")
        self.path.chmod(0o600)
        threading.Thread(target=self._listen, args=(ring,), daemon=True).start()

    def _listen(self, ring: Callable[[], None]) -> None:
        while True:
            with suppress(OSError, TypeError):  # as when the caller waits for no answer, or has no name
                said, caller = self.socket.recvfrom(256)
                if secrets.compare_digest(said.strip(), self.word):
                    ring()
                    self.socket.sendto(b"ABORTING", socket.MSG_DONTWAIT if os.name == "posix" else 0, caller)


class Guardian:
    """Starts engine and web, watches the engine, and plays the tape."""

    def __init__(
        self, engine: Argv, web: Argv, folder: Path, log: Callable[[str], None], clock: Callable[[], Times] = clocks,
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:  # fmt: skip
        self.argv, self.web_argv, self.folder, self.log, self.clock = engine, web, folder, log, clock
        self.back_off, self.lived = back_off, False
        self.inbox: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        self.engine: Child | None = None
        self.web: Child | None = None
        self.tape: Part = {"lines": []}
        self.told: dict[str, bool] = {}
        self.armed, self.ending, self.status, self.count, self.deaths = False, False, -1, -1, 0
        self.now, self.boot = clock()
        self.risen = self.alive = self.start_at = self.web_at = self.born = self.now
        self.abort_by = self.stop_by = inf

    def run(self) -> int:
        """Until the engine ends in order, or a signal wants an end; the exit status."""
        for number in SIGNALS:
            signal.signal(number, lambda number, _: self.inbox.put(("signal", number)))
        bell = Bell(self.folder, lambda: self.inbox.put(("abort", None)))
        with suppress(OSError, AttributeError):  # what is in memory stays there, where that is permitted
            ctypes.CDLL(None).mlockall(1)
        try:
            while self.status < 0:
                try:
                    self.look()
                except Exception as error:  # a fault of ours must not leave the reactor to itself
                    self.lost(f"internal error: {error!r}")
            return self.status
        finally:
            bell.path.unlink(missing_ok=True)
            for child in (self.engine, self.web):
                if child is not None:
                    child.kill()

    def look(self) -> None:
        """One look at what was said, and at what should have been said by now."""
        who: Any = None
        what: Any = None
        with suppress(queue.Empty):
            who, what = self.inbox.get(timeout=TICK)
        (before, boot), (self.now, self.boot) = (self.now, self.boot), self.clock()
        stood = self.now - before
        slept = self.boot - boot - stood
        if who == "abort":
            self._abort("ABORT was called")
        elif who == "signal":
            self._end(f"signal {what}")
        elif self.engine is not None and who is self.engine and what is not None:
            self._hear(self.engine, what)
        if self.armed and (stood > T_GUARD or slept > SLEPT):
            self.lost(f"this computer stood still for {stood + slept:.1f} s")
        elif self.armed and self.now - self.risen > T_GUARD:
            self.lost(f"no interlock was evaluated for {self.now - self.risen:.1f} s")
        elif self.engine is not None and self.engine.gone:
            self._gone(self.engine)
        elif self.now > self.abort_by:
            self.lost(f"the engine did not report all safe {T_SAFE:g} s after the abort")
        elif self.now > self.stop_by:
            self.stop_by = inf
            self._abort(f"it did not stop within {STOP_WITHIN:g} s")
        if self.status < 0:
            self._start_what_is_due()

    def _start_what_is_due(self) -> None:
        if self.engine is None and self.now >= self.start_at:
            self.engine, self.count = Child(self.argv, lambda *said: self.inbox.put(said)), -1
            self.born = self.now
        if self.web_argv and (self.web is None or self.web.gone) and self.now >= self.web_at:
            self.web, self.web_at = Child(self.web_argv), self.now + BACK_OFF[2]
        if self.engine is not None and self.now >= self.alive:
            self.engine.tell(alive=round(self.now, 3))
            self.alive = self.now + ALIVE

    def _hear(self, engine: Child, message: Message) -> None:
        """What the engine says of itself."""
        match message:
            case {"beat": int(count)} if count > self.count:
                self.count, self.risen, self.lived = count, self.now, True
                states = message.get("states")
                self.told = {name: value is True for name, value in states.items()} if isinstance(states, dict) else {}
            case {"arm": order, "tape": tape}:
                try:
                    examine(tape)
                except Exception as error:  # whatever is wrong with it: with such a tape nothing is armed
                    return engine.tell(refused=order, why=repr(error))
                self.tape, self.armed, self.risen = tape, True, self.now
                engine.tell(guarded=order)
                self.log(f"armed, with a tape of {len(tape['lines'])} lines")
            case {"safe": True}:
                self.armed, self.abort_by = False, inf
                self.log("disarmed: the engine has read back that all is safe")

    def _abort(self, why: str) -> None:
        if self.engine is None:
            return self.lost(why)
        self.log(f"{why}: telling the engine")
        self.engine.tell(order="abort", why=why)
        self.abort_by = min(self.abort_by, self.now + T_SAFE)

    def _end(self, why: str) -> None:
        """The first signal asks for an orderly stop; those that follow find it under way."""
        if self.ending:
            return
        self.log(f"{why}: stopping")
        self.ending, self.stop_by = True, self.now + STOP_WITHIN
        if self.engine is None:
            self.status = 0
        else:
            self.engine.tell(order="stop", why=why)

    def _gone(self, engine: Child) -> None:
        """It ended by itself, or let go of its pipe; disarmed it comes again, unless none ever came to life."""
        if self.armed or self.abort_by < inf:
            return self.lost("the engine died")
        engine.kill()
        self.log(f"the engine ended, disarmed, with status {engine.process.returncode}")
        if self.ending or engine.process.returncode == 0 or not self.lived:
            self.status = 0 if self.ending else abs(engine.process.returncode)
        self._again()

    def lost(self, why: str) -> None:
        """Kills the engine, waits until it is gone, and plays the tape until all is read back as safe."""
        began = time.monotonic()
        self.log(f"{why}: killing the engine and playing the tape")
        if self.engine is not None and not self.engine.kill():
            self.log("the engine would not go: it may still hold its lines")
        while failed := Player(self.tape, self.told).play():
            self.log("; ".join(f"{output} is not known to be safe: {error}" for output, error in failed.items()))
            time.sleep(AGAIN)
            while not self.inbox.empty():
                self.ending = self.inbox.get()[0] == "signal" or self.ending
            if self.ending and time.monotonic() - began > GIVE_UP:
                break
        else:
            done = "made all safe" if self.tape["lines"] else "had nothing to play, since nothing was armed,"
            self.log(f"{why}: the guardian {done} in {time.monotonic() - began:.2f} s")
        if self.ending:
            self.status = UNSAFE if failed else 0
        self.armed = False
        self._again()

    def _again(self) -> None:
        """Nothing is resumed: the engine that comes next is a disarmed one."""
        self.engine, self.abort_by = None, inf
        self.now, self.boot = self.clock()
        self.deaths *= self.now - self.born < STEADY
        self.start_at = self.now + self.back_off[min(self.deaths, len(self.back_off) - 1)]
        self.deaths += 1


def main(argv: Argv | None = None) -> int:
    """Guards the engine and keeps the web process, both given as JSON lists of arguments."""
    parser = argparse.ArgumentParser(prog="vapordep.guardian", description=main.__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the abort socket: private, mode 0700")
    parser.add_argument("--log", type=Path, required=True, help="the guardian's own log file")
    parser.add_argument("--engine", type=json.loads, required=True)
    parser.add_argument("--web", type=json.loads, default=())
    parser.add_argument("--back-off", type=json.loads, default=BACK_OFF, help="s before the next engine, by deaths")
    given = parser.parse_args(argv)
    log = Log(given.log)
    status = Guardian(given.engine, given.web, given.folder, log, back_off=given.back_off).run()
    log.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
