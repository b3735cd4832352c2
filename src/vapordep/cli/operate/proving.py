"""Test pulses from the command line: each source in turn, and what the gauge showed of it."""

from collections.abc import Sequence

import typer

from vapordep.cli.operate.orders import client_of, person
from vapordep.cli.terminal.output import console, plain, write_json
from vapordep.errors import SafetyError
from vapordep.link.client import Client
from vapordep.link.orders import ProveHandValve
from vapordep.model.hand_valves import Shown
from vapordep.units import Dimension, parse
from vapordep.wire import hand_valve_as_plain

PROVES_WITHIN = 45.0
"""How long the engine may take for one test pulse with the look at the gauge after it, in s."""


def prove(sources: Sequence[str], width: str, reactor: str | None, by: str | None, *, as_json: bool) -> None:
    """Gives each source a test pulse; ends with status 1 unless every hand valve is proven open.

    What stands against one source does not keep the others from their pulses; any other trouble ends it.
    """
    lasting = parse(width, Dimension.TIME) if width.strip() else 0.0
    told: list[dict[str, object]] = []
    with client_of(reactor) as client:
        for source in dict.fromkeys(sources):
            found = _one(client, ProveHandValve(source, person(by), lasting))
            told.append(found)
            if not as_json:
                console().print(plain(str(found["done"])))
    if as_json:
        write_json({"hand_valves": told})
    if any(each["shown"] != Shown.OPEN.value for each in told):
        raise typer.Exit(1)


def _one(client: Client, order: ProveHandValve) -> dict[str, object]:
    try:
        done = client.call(order, PROVES_WITHIN)
    except SafetyError as error:
        return {"source": order.source, "shown": "refused", "done": f"{order.source}: no test pulse: {error}"}
    found = {} if done.hand_valve is None else hand_valve_as_plain(done.hand_valve)
    return {**found, "done": done.text}
