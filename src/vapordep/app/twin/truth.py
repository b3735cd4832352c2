"""Ground truth over a socket: what a `vapordep simulate` process tells of its plant, for reports only."""

import asyncio
import json
from typing import Any

from vapordep.errors import SimulationError

WITHIN = 2.0
"""How long the simulating process may take to answer, in s."""
LONGEST_ANSWER = 64 * 2**20
"""Bytes. A truth tells every move of every valve: 70 kB after 2 000 pulses, more than asyncio's own limit."""


async def ask_truth(address: str, question: str = "truth") -> dict[str, Any]:
    """One question to the process at `host:port`; raises SimulationError when it does not answer."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(WITHIN):
            reader, writer = await asyncio.open_connection(host, int(port), limit=LONGEST_ANSWER)
            try:
                writer.write(f"{question}\n".encode())
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
        answer: dict[str, Any] = json.loads(line)
    except (OSError, ValueError, TimeoutError) as error:
        raise SimulationError(
            f"no ground truth from {address}: {error}", remedy="is `vapordep simulate` running?"
        ) from error
    return answer
