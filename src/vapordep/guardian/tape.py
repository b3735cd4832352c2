"""The tape: is examined when it is handed over, and played on all its lines at once when the engine is gone."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from .lines import LINES, Part, receive, send

LONGEST_DRAIN = 0.3
"""s: for a line to fall silent."""


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
            send(port, bytes.fromhex(step["send"]))
            until = time.monotonic() + step["within"]
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
