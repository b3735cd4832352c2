"""The tape: is examined when it is handed over, and played on all its lines at once when the engine is gone."""

import re
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from math import inf
from typing import Any

from .lines import LINES, Part, receive, send

LONGEST_DRAIN = 0.3
"""s: for a line to fall silent."""
BRIEF = 0.1
"""s: for a reply of an instrument that was mute twice; it is sent the rest of its steps all the same."""


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
            if not (sent and step["for"] and step["of"] and 0.0 < times < inf):
                raise ValueError(f"{line['where']}: a step for {step['for']!r} cannot be played")


def still_to_play(tape: Part, failed: Collection[str]) -> Part:
    """What is played again: all steps of instruments that failed, and what follows inputs, which may have changed.

    Others are spared: the memory of some setpoints wears with every write.
    """
    steps = [step for line in tape["lines"] for step in line["steps"]]
    inputs = {step["input"] for step in steps if "input" in step}
    again = {step["of"] for step in steps if step["for"] in failed or "input" in step or inputs & step["if"].keys()}
    lines = [{**line, "steps": [step for step in line["steps"] if step["of"] in again]} for line in tape["lines"]]
    return {**tape, "lines": [line for line in lines if line["steps"]]}


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
        port = None
        try:
            port = LINES[line["kind"]](line)
            self._drain(port, line)
            self._again(port, line, self._once(port, line))
        except Exception as error:  # whatever it is: what was not played is not safe
            self.failed |= {step["for"]: f"{line['where']}: {error!r}" for step in line["steps"]}
        finally:
            for step in line["steps"]:
                self.asking.get(step.get("input"), threading.Event()).set()
            if port is not None:
                port.close()

    def _once(self, port: Any, line: Part) -> list[Part]:
        """Inputs, then what depends on none, then what does; gives what is left of instruments that were mute once."""
        mute, left = set(), []
        for step in sorted(line["steps"], key=lambda step: (0 if "input" in step else 1, len(step["if"]))):
            if "input" in step:
                mute |= self._unheard(port, line, step)
            elif self._applies(step) and (step["of"] in mute or self._reply(port, line, step) is None):
                mute.add(step["of"])
                left.append(step)
        return left

    def _again(self, port: Any, line: Part, left: Sequence[Part]) -> None:
        """The same for what is left. A mute instrument may hear all the same: it is sent everything, but soon."""
        mute = set()
        for step in left:
            if self._reply(port, line, step, BRIEF if step["of"] in mute else inf) is None:
                mute.add(step["of"])
                self.failed[step["for"]] = f"{line['where']}: {step['send']} was not answered as it must be"

    def _applies(self, step: Part) -> bool:
        """Whether the states are those of this variant; an instrument on another line may still have to tell one."""
        for name in step["if"]:
            if name in self.asking:
                self.asking[name].wait()
        return all(self.truths.get(name, False) is wanted for name, wanted in step["if"].items())

    def _unheard(self, port: Any, line: Part, step: Part) -> set[str]:
        """Asks an input twice, and keeps what it tells: nothing is not true. The instrument, if it told nothing."""
        reply = self._reply(port, line, step) or self._reply(port, line, step)
        self.truths[step["input"]] = reply is not None and found(step["true"], step["check"], reply) is not None
        self.asking[step["input"]].set()
        return {step["of"]} if reply is None else set()

    def _reply(self, port: Any, line: Part, step: Part, most: float = inf) -> bytes | None:
        """Sends it, and waits for a reply that fits, as long as the step says, but at most so many s."""
        received = b""
        send(port, bytes.fromhex(step["send"]))
        until = time.monotonic() + min(step["within"], most)
        while (left := until - time.monotonic()) > 0:
            received += receive(port, left)
            if (reply := found(step["reply"], step["check"], received)) is not None:
                time.sleep(step["rest"])
                return reply
        self._drain(port, line)
        return None

    def _drain(self, port: Any, line: Part) -> None:
        """Brings instruments back to waiting for a command, and drops what is still on its way."""
        until = time.monotonic() + LONGEST_DRAIN
        if line["resync"]:
            send(port, bytes.fromhex(line["resync"]))
        while receive(port, line["quiet"]) and time.monotonic() < until:
            pass
