"""What the web process knows of the engine just now, kept up by a thread that follows the news."""

import threading
from collections.abc import Callable, Iterable

from vapordep.api.live.served import Served
from vapordep.api.live.stream import Stream
from vapordep.api.live.trials import Trials
from vapordep.api.live.watch import Notice, Watch
from vapordep.clock import perf
from vapordep.errors import NoEngine, VapordepError
from vapordep.link.client import Client, found
from vapordep.link.news import News, Snapshot
from vapordep.link.picture import Picture

SILENT, ANSWERS_WITHIN = 1.5, 1.5
"""s: an engine that says nothing is asked, and if it does not answer it is told as lost, 3 s after its last word."""
AGAIN = 1.0
"""After the engine was lost it is looked for so often, in s."""
HEARD_WITHIN = 1.0
"""s: news take milliseconds; whoever waits for lost ones waits no longer."""
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
        self.lock = threading.Condition(threading.Lock())
        """Held while the picture changes; who waits for that is told."""
        self.guardian = ""
        """What the guardian says needs a person."""
        self._tell = tell
        self._watch = Watch()
        self._staked = self._matters = False
        """Whether the engine, not heard now, was armed as it was heard last; whether the guardian's end matters."""
        self.stream = Stream()
        self.trials = Trials(changed=lambda trial: self.stream.tell_dry_run(trial.id, trial.where))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow_for_ever, name="live", daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()
        threading.Thread(target=self.stream.send_for_ever, args=(self._ending,), name="stream", daemon=True).start()

    def guardian_says(self, trouble: str) -> None:
        """What the guardian says needs a person; nothing, when nothing does."""
        self.guardian = trouble
        self._tell_all(self._watch.guardian(self.reactor, trouble, perf()))

    def guardian_ended(self, *, in_order: bool) -> None:
        """Keeps in mind whether that matters."""
        self._matters = not in_order and (self._watch.at_stake or self._staked)

    def rest(self, within: float) -> None:
        """The guardian has ended: waits until the engine is at rest, then tells of it where it mattered."""
        give_up = perf() + within
        while self._watch.at_stake and perf() < give_up:
            self._ending.wait(LOOK)
        if self._matters:
            self._tell_all(self._watch.unguarded(self.reactor))

    def close(self) -> None:
        """Follows no more."""
        self._ending.set()
        self.trials.close()

    def heard(self) -> Picture:
        """The latest picture, for whoever holds the lock; raises NoEngine when there never was one."""
        if self.picture is None:
            raise NoEngine(f"nothing is known of {self.reactor}: {self.trouble}", remedy="is `vapordep serve` running?")
        return self.picture

    def take(self, told: Snapshot | News) -> None:
        """Takes what came over the link into the picture and the stream."""
        with self.lock:
            if isinstance(told, Snapshot):
                self.picture = Picture(told)
            elif self.picture is not None:
                self.picture.take(told)
            self.stream.take(told)
            self.trouble = ""
            self.lock.notify_all()

    def hear(self, seen: str) -> None:
        """Waits until the news up to `seen` of this engine are in the picture, as long as they should take."""
        epoch, _, number = seen.partition(":")
        if not number:
            return

        def heard() -> bool:
            picture = self.picture
            return picture is None or picture.epoch != epoch or picture.number >= int(number)

        with self.lock:
            self.lock.wait_for(heard, HEARD_WITHIN)

    def _follow_for_ever(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except VapordepError as error:
                self.trouble = f"{error.what}; the guardian: {self.guardian}" if self.guardian else error.what
                self.stream.lose(self.trouble)
                self._staked = self._watch.at_stake or self._staked
                self._tell_all(self._watch.lost(error.what))
            self._ending.wait(AGAIN)

    def _follow(self) -> None:
        client = Client(found(self.reactor, self.served.folder))
        try:
            for told in client.follow(SILENT, ANSWERS_WITHIN):
                self.take(told)
                self._tell_all(self._watch.take(told))
                self._staked = False  # it is heard
                if self._ending.is_set():
                    return
        finally:
            client.close()

    def _tell_all(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self._tell(notice)
