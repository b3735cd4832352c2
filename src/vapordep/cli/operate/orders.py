"""Orders to a served reactor: each is given over the link, and what came of it is printed."""

import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vapordep.app.places import reactor_file
from vapordep.app.request import Request, login_name
from vapordep.app.words import clock_time
from vapordep.cli.terminal.coverage import print_sheet
from vapordep.cli.terminal.output import console, plain, tell, write_json
from vapordep.clock import perf
from vapordep.errors import InputError, NoEngine, NoEngineYet
from vapordep.link import client as link
from vapordep.link.client import Client
from vapordep.link.orders import (
    AcknowledgeAlarm,
    AnswerRun,
    Arm,
    AskRun,
    ChangeLimit,
    Disarm,
    Order,
    PutBack,
    RemoveAlarm,
    ResetAlarm,
    ReturnAlarm,
    SetAside,
    ShelveAlarm,
    StartRun,
    TakeUpRun,
    TellCoverage,
    UnshelveAlarm,
)
from vapordep.link.place import Address, reactor_folder
from vapordep.link.replies import Done
from vapordep.model.interlocks import Bypass
from vapordep.model.reactor import Reactor
from vapordep.model.run import Decided, Verb
from vapordep.reactor import read_reactor
from vapordep.recipe.resume.amend import amendment_from
from vapordep.units import Dimension, parse

STARTS_WITHIN, ARMS_WITHIN = 30.0, 15.0
"""How long the engine may take to read a recipe and open its record, and to arm or disarm, in s."""
COMES_WITHIN, LOOK_EVERY = 20.0, 0.2
"""How long an engine that its guardian starts is waited for, and how often it is looked for, in s."""


def address_of(reactor: str | None) -> Address:
    """Where the engine of a reactor listens, named by its name or its file; the only one without.

    Waits for an engine that its guardian starts. Raises NoEngine, InputError when several reactors are served.
    """
    if reactor is not None and Path(reactor).suffix in (".yaml", ".yml"):
        served = read_reactor(reactor_file(reactor))
        return _found(served.name, reactor_folder(served))
    return _found(reactor)


def serving(reactor: Reactor) -> Address | None:
    """Where an engine serves this reactor; None when none does. Waits as above; raises NoEngineYet when in vain."""
    try:
        return _found(reactor.name, reactor_folder(reactor))
    except NoEngineYet:
        raise
    except NoEngine:
        return None


def _found(reactor: str | None, folder: Path | None = None) -> Address:
    give_up, told = perf() + COMES_WITHIN, False
    while True:
        try:
            return link.found(reactor, folder)
        except NoEngineYet as error:
            if perf() > give_up:
                raise
            if not told:
                tell(f"{error.what}: waiting for it")
            told = True
            threading.Event().wait(LOOK_EVERY)


@contextmanager
def client_of(reactor: str | None) -> Iterator[Client]:
    """Within it the engine can be spoken with."""
    client = Client(address_of(reactor))
    try:
        yield client
    finally:
        client.close()


def ask(verb: Verb, reactor: str | None, by: str | None, reason: str, *, as_json: bool) -> None:
    """Asks the run for a verb."""
    _order(reactor, AskRun(verb, person(by), reason), as_json=as_json)


def amend(reactor: str | None, change: str, by: str | None, reason: str, *, as_json: bool) -> None:
    """Amends the run; raises InputError for what is no amendment."""
    _order(reactor, AskRun(Verb.AMEND, person(by), reason, amendment_from(change)), as_json=as_json)


def answer(reactor: str | None, text: str, by: str | None, *, as_json: bool) -> None:
    """Answers what the recipe asks."""
    _order(reactor, AnswerRun(person(by), text), as_json=as_json)


def arm(reactor: str | None, substrate: str, by: str | None, *, yes: bool, as_json: bool) -> None:
    """Shows what stands against each hazard, asks for the reactor's name, then arms."""
    with client_of(reactor) as client:
        if not yes:
            sheet, aside = sheet_of(client.address, substrate)
            confirm_arming(client.address.reactor, "Arming drives every output to its safe value.", sheet, aside)
        _told(client.call(Arm(person(by), substrate), ARMS_WITHIN), as_json=as_json)


def disarm(reactor: str | None, by: str | None, *, as_json: bool) -> None:
    """Disarms."""
    _order(reactor, Disarm(person(by)), as_json=as_json, within=ARMS_WITHIN)


def acknowledge(reactor: str | None, alarm: str, note: str, by: str | None, *, as_json: bool) -> None:
    """Acknowledges an alarm."""
    _order(reactor, AcknowledgeAlarm(alarm, person(by), note.strip()), as_json=as_json)


def unshelve(reactor: str | None, alarm: str, by: str | None, *, as_json: bool) -> None:
    """Takes an alarm back from the shelf."""
    _order(reactor, UnshelveAlarm(alarm, person(by)), as_json=as_json)


def remove(reactor: str | None, alarm: str, reason: str, by: str | None, *, as_json: bool) -> None:
    """Takes an alarm out of service; raises InputError without a reason."""
    if not reason.strip():
        raise InputError("an alarm is not taken out of service without a reason", remedy='add --reason "..."')
    _order(reactor, RemoveAlarm(alarm, person(by), reason.strip()), as_json=as_json)


def restore(reactor: str | None, alarm: str, by: str | None, *, as_json: bool) -> None:
    """Returns an alarm to service."""
    _order(reactor, ReturnAlarm(alarm, person(by)), as_json=as_json)


def reset(reactor: str | None, alarm: str, by: str | None, *, as_json: bool) -> None:
    """Resets an alarm."""
    _order(reactor, ResetAlarm(alarm, person(by)), as_json=as_json)


def shelve(reactor: str | None, alarm: str, lasting: str, reason: str, by: str | None, *, as_json: bool) -> None:
    """Shelves an alarm; raises InputError for a time that is none, or without a reason."""
    if not reason.strip():
        raise InputError("an alarm is not shelved without a reason", remedy='add --reason "..."')
    order = ShelveAlarm(alarm, person(by), reason.strip(), parse(lasting, Dimension.TIME))
    _order(reactor, order, as_json=as_json)


def bypass(reactor: str | None, interlock: str, lasting: str, reason: str, by: str | None, *, as_json: bool) -> None:
    """Bypasses an interlock; raises InputError for a time that is none, or without a reason."""
    if not reason.strip():
        raise InputError("an interlock is not bypassed without a reason", remedy='add --reason "..."')
    order = SetAside(interlock, person(by), reason.strip(), parse(lasting, Dimension.TIME))
    _order(reactor, order, as_json=as_json)


def lift(reactor: str | None, interlock: str, by: str | None, *, as_json: bool) -> None:
    """Ends a bypass before its time."""
    _order(reactor, PutBack(interlock, person(by)), as_json=as_json)


def limit(
    reactor: str | None, interlock: str, tag: str, to: str, reason: str, by: str | None, *, as_json: bool
) -> None:
    """Changes one limit of an interlock; raises InputError without a reason."""
    if not reason.strip():
        raise InputError("a limit is not changed without a reason", remedy='add --reason "..."')
    _order(reactor, ChangeLimit(interlock, tag, to, person(by), reason.strip()), as_json=as_json)


def sheet_of(address: Address, substrate: str) -> tuple[dict[str, Any], list[str]]:
    """What stands against each hazard, as the engine that serves knows it, and a line of each bypass: it does not."""
    client = Client(address)
    try:
        sheet: dict[str, Any] = json.loads(client.call(TellCoverage(substrate)).sheet)
        snapshot = client.snapshot()
        return sheet, [bypass_line(bypass, snapshot.now) for bypass in snapshot.engine.bypasses]
    finally:
        client.close()


def bypass_line(bypass: Bypass, now: float) -> str:
    """An interlock that is set aside, as a person is told of it at the instant `now`, s."""
    return f"BYPASS {bypass.id} by {bypass.person}, {clock_time(bypass.left(now))} left: {bypass.reason}"


def hand_over(address: Address, asked: Request, reactor: Reactor, *, as_json: bool) -> None:
    """Gives a run to the engine that serves the reactor."""
    order = StartRun(str(asked.recipe.absolute()), reactor.sha256, asked.operator, dict(asked.settings), asked.samples)
    _begun(address, order, as_json=as_json)


def take_up_served(address: Address, made: Decided, reactor: Reactor, *, as_json: bool) -> None:
    """Gives a decision about an ended run to the engine that serves the reactor."""
    order = TakeUpRun(made.run_id, made.decision, reactor.sha256, made.person, made.reason)
    _begun(address, order, as_json=as_json)


def _begun(address: Address, order: Order, *, as_json: bool) -> None:
    client = Client(address)
    try:
        done = client.call(order, STARTS_WITHIN)
    finally:
        client.close()
    _told(done, as_json=as_json)
    if done.run_id and not as_json:
        sys.stderr.write("The engine has it now. See `vapordep run follow`; `vapordep run stop`, `hold` or `abort`.\n")


def person(by: str | None) -> str:
    """Who gives an order."""
    return (by or "").strip() or login_name()


def confirm_arming(name: str, what: str, sheet: Mapping[str, Any] | None = None, aside: Sequence[str] = ()) -> None:
    """Says what will happen, what stands against each hazard and what is set aside, and asks for the reactor's name.

    Raises InputError without a terminal, where there is nobody to ask, and for another name.
    """
    if not sys.stdin.isatty():
        raise InputError("nobody can confirm the arming here", remedy="add --yes if you are sure")
    asking = console(error=True)
    asking.print(plain(what))
    asking.print("vapordep is basic process control, not a safety system: see SAFETY.md.")
    if sheet is not None:
        print_sheet(asking, sheet)
    for line in aside:
        asking.print(plain(line, style="bold yellow"))
    if asking.input("Type the reactor's name to arm: ").strip() != name:
        raise InputError("not armed: that is not the reactor's name", remedy=f"type {name}, or add --yes")


def _order(reactor: str | None, order: Order, *, as_json: bool, within: float = link.WITHIN) -> None:
    with client_of(reactor) as client:
        _told(client.call(order, within), as_json=as_json)


def _told(done: Done, *, as_json: bool) -> None:
    if as_json:
        write_json({"done": done.text, "run_id": done.run_id or None})
    else:
        console().print(plain(done.text))
