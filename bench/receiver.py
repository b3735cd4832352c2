"""The judge of pulses: a process that takes edge frames from one loopback connection and stamps each on arrival.

Called as `python -m bench.receiver FRAMES`. It prints its port, and at the end one JSON list of
[frame, instant in ns on CLOCK_MONOTONIC].
"""

import gc
import json
import socket
import sys
import time

FRAME = 8
"""Bytes of a frame: `O` or `C`, the pulse's number in six digits, a line feed."""
PATIENCE = 60.0
"""Longest silence in s before it gives up; longer than the longest purge that is tried."""


def stamped(line: socket.socket, frames: int) -> list[tuple[str, int]]:
    """Receives `frames` frames with plain blocking reads; raises ConnectionError when the sender leaves early."""
    stamps = []
    while len(stamps) < frames:
        received = line.recv(FRAME)
        at = time.monotonic_ns()
        while len(received) < FRAME:
            more = line.recv(FRAME - len(received))
            at = time.monotonic_ns()
            if not more:
                raise ConnectionError(f"the sender left after {len(stamps)} of {frames} frames")
            received += more
        stamps.append((received.decode("ascii").rstrip("\n"), at))
    return stamps


def main() -> None:
    frames = int(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        print(server.getsockname()[1], flush=True)
        line, _ = server.accept()
        with line:
            line.settimeout(PATIENCE)
            gc.disable()
            stamps = stamped(line, frames)
    json.dump(stamps, sys.stdout)


if __name__ == "__main__":
    main()
