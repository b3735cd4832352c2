"""What the web process knows of the engine just now, kept up by a thread that follows the news."""

import threading
from collections.abc import Callable, Iterable

from vapordep.api.served import Served
from vapordep.api.stream import Stream
from vapordep.api.trials import Trials
from vapordep.api.watch import Notice, Watch
from vapordep.clock import perf
from vapordep.errors import NoEngine, VapordepError
from vapordep.link.client import Client, found
from vapordep.link.news import Snapshot
from vapordep.link.picture import Picture

AGAIN = 1.0
"""After the engine was lost it is looked for so often, in s."""
LOOK = 0.05
"""While it should come to rest it is looked at so often, in s."""


class Live:
    """The latest picture, if there ever was one, and why there is no newer one."""

    def __init__(self, served: Served, tell: Callable[[Notice], None] = lambda notice: None) -> None:
        """`tell` is given what a person must hear of at once; it must not wait."""
        self.served = served
        self.reactor = served.reactor.name
        self.picture: Picture | None = None
        self.trouble = "the engine has not been heard yet"
        self.lock = threading.Lock()
        """Held while the picture changes."""
        self._tell = tell
        self._watch = Watch()
        self.stream = Stream()
        self.trials = Trials(changed=lambda trial: self.stream.tell_dry_run(trial.id, trial.where))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow_for_ever, name="live", daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()
        threading.Thread(target=self.stream.send_for_ever, args=(self._ending,), name="stream", daemon=True).start()

    def rest(self, within: float) -> None:
        """The guardian has ended: waits until the engine is at rest; one that is not within so many s is told of."""
        give_up = perf() + within
        while self._watch.at_stake and perf() < give_up:
            self._ending.wait(LOOK)
        self._tell_all(self._watch.unguarded())

    def close(self) -> None:
        """Follows no more."""
        self._ending.set()
        self.trials.close()

    def heard(self) -> Picture:
        """The latest picture, for whoever holds the lock; raises NoEngine when there never was one."""
        if self.picture is None:
            raise NoEngine(f"nothing is known of {self.reactor}: {self.trouble}", remedy="is `vapordep serve` running?")
        return self.picture

    def _follow_for_ever(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except VapordepError as error:
                self.trouble = error.what
                self.stream.lose(error.what)
                self._tell_all(self._watch.lost(error.what))
            self._ending.wait(AGAIN)

    def _follow(self) -> None:
        client = Client(found(self.reactor, self.served.folder))
        try:
            for told in client.follow():
                with self.lock:
                    if isinstance(told, Snapshot):
                        self.picture = Picture(told)
                    elif self.picture is not None:
                        self.picture.take(told)
                    self.stream.take(told)
                    self.trouble = ""
                self._tell_all(self._watch.take(told))
                if self._ending.is_set():
                    return
        finally:
            client.close()

    def _tell_all(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self._tell(notice)
