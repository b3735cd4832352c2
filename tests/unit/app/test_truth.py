"""Ground truth over a socket: long answers arrive whole, and a silent or broken process is an error of its own kind."""

import asyncio
import json

import pytest

from vapordep.app.twin.truth import ask_truth
from vapordep.errors import SimulationError

pytestmark = pytest.mark.wall


def asked(answer: bytes) -> object:
    """What `ask_truth` makes of a process that answers every question so, and then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def ask() -> object:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            return await ask_truth(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")

    return asyncio.run(ask())


def test_the_moves_of_a_long_run_arrive_whole() -> None:
    moves = {"valves": {"TMA.valve": [[3856.865499862309 + n, float(n % 2)] for n in range(10_000)]}}
    assert asked(json.dumps(moves).encode() + b"\n") == moves


@pytest.mark.parametrize("answer", [b"", b"half an ans", b"no json\n"])
def test_what_is_no_truth_is_refused(answer: bytes) -> None:
    with pytest.raises(SimulationError, match="no ground truth from"):
        asked(answer)
