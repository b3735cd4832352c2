"""Our sender of pulses: the same frames as `limits/pulse.c`, at the same instants, by the house's own clock.

python -m bench.sender PORT T0_NS COUNT PERIOD_NS WIDTH_NS
"""

import asyncio
import socket
import sys
import time

from vapordep.clock import Edge, WallClock

APPROACH = 0.02
"""How long before an edge, in s, a line is taken for it."""


async def send(port: int, first_ns: int, count: int, period: float, width: float) -> None:
    """Plays `count` pulses, each as a driver's line does it: asleep until shortly before, then two edges together."""
    clock = WallClock()
    first = clock.now() + (first_ns - time.monotonic_ns()) * 1e-9
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(count):
            opening, closing = (f"{kind}{number:06d}\n".encode("ascii") for kind in "OC")
            at = first + number * period
            await clock.edges(
                [
                    Edge(at, lambda frame=opening: line.sendall(frame)),
                    Edge(at + width, lambda frame=closing: line.sendall(frame), cancellable=False),
                ]
            )


def main() -> None:
    port, first_ns, count, period_ns, width_ns = (int(word) for word in sys.argv[1:6])
    asyncio.run(send(port, first_ns, count, period_ns * 1e-9, width_ns * 1e-9))


if __name__ == "__main__":
    main()
