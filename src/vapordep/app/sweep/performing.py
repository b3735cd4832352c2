"""Performing a sweep: its points on all cores, on a cluster, or one after the other; only this process writes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vapordep.app.sweep.point_run import Gave, Work, dry_point, leave_interrupts
from vapordep.app.sweep.points import Point
from vapordep.errors import InputError
from vapordep.history.upkeep.adoption import adopt
from vapordep.model.reactor import Reactor

Told = Callable[[Gave], None]
"""Takes each point as soon as it is kept."""
Interrupted = Callable[[], int]
"""How often somebody has pressed Ctrl-C."""
LOOK_EVERY = 0.2
"""Whether somebody has is looked at this often, in s."""
ANSWERS_WITHIN = 10.0
"""So long a Dask scheduler has to let us connect, and as long again to speak, in s."""
CLUSTER = "pip install 'vapordep[dask]'"
"""What gives a cluster's client."""
LOST = "the process that did it is gone (killed, or out of memory); try --jobs 1"


def works(points: Sequence[Point], reactor: Reactor, sweep: str) -> list[Work]:
    """The points that may run; each run is marked with the sweep that it belongs to."""
    found = []
    for point in points:
        if point.recipe is not None:
            request = replace(point.request, notes={**point.request.notes, "sweep": sweep})
            found.append(Work(point.number, request, reactor, point.recipe))
    return found


@contextmanager
def on_cores(jobs: int | None, most: int) -> Iterator[Executor]:
    """Processes of this computer, as many as it has cores unless `jobs` says how many, never more than `most`."""
    count = max(min(jobs or _cores(), most), 1)
    # started afresh: a fork would take over the terminal, threads and open files of this process
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=leave_interrupts) as pool:
        yield pool


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def on_cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler, such as `tcp://10.0.0.5:8786`, which need the same vapordep.

    Raises InputError when its client is not installed or nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("a Dask cluster needs its client, which is not installed", remedy=CLUSTER) from None
    try:
        client = _connected(lambda: Client(address, timeout=ANSWERS_WITHIN))
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers: {error}", where=address, remedy="give its address, such as tcp://10.0.0.5:8786"
        ) from None
    with client, client.get_executor() as executor:
        yield executor


def _connected(client: Callable[[], Any]) -> Any:
    """The client; its own time-out does not end its wait for a program that takes the connection and then is silent.

    Raises TimeoutError when it is not there in time, and what connecting raises.
    """
    found: Future[Any] = Future()

    def connect() -> None:
        try:
            found.set_result(client())
        except BaseException as error:
            found.set_exception(error)

    # a thread that nobody waits for at the end: it may never come back
    threading.Thread(target=connect, daemon=True).start()
    wait((found,), timeout=2 * ANSWERS_WITHIN)
    if not found.done():
        raise TimeoutError(f"it takes the connection and is silent for {2 * ANSWERS_WITHIN:g} s")
    return found.result()


def perform(executor: Executor, todo: Sequence[Work], history: Path, told: Told, interrupted: Interrupted) -> None:
    """Does the points, keeps each in the history as it comes, and tells it.

    Once `interrupted` says 1 no point is begun any more, those under way are finished and kept; at 2 they are given up.
    Raises HistoryError when the disk refuses: then no point is begun any more either.
    """
    with _uninterrupted():
        running: dict[Future[Gave], int] = {executor.submit(dry_point, work): work.number for work in todo}
    stopped = False
    try:
        while running:
            done, _ = wait(running, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
            for future in done & running.keys():
                told(_kept(_result(future, running.pop(future)), history))
            if interrupted() and not stopped:
                stopped = True
                _begin_no_more(executor, running)
            running = {future: number for future, number in running.items() if not future.cancelled()}
            if interrupted() > 1:
                _give_up()
                return
    finally:
        for future in running:
            future.cancel()


def _kept(gave: Gave, history: Path) -> Gave:
    if gave.run is None:
        return gave
    adopt(history, gave.run, gave.recording)
    return replace(gave, recording=b"")


def _result(future: Future[Gave], number: int) -> Gave:
    try:
        return future.result()
    except BrokenProcessPool:
        return Gave(number, failure=LOST)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started within it ignore Ctrl-C from their very first moment, before they can say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin_no_more(executor: Executor, running: Iterable[Future[Gave]]) -> None:
    """Cancels what is not under way; a pool does so itself, and forgets it."""
    if isinstance(executor, ProcessPoolExecutor):
        executor.shutdown(wait=False, cancel_futures=True)
        return
    for future in running:
        future.cancel()


def _give_up() -> None:
    """Ends the processes of a pool, which ignore Ctrl-C themselves; what they wrote is in folders of their own."""
    for process in multiprocessing.active_children():
        process.terminate()
