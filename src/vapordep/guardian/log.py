"""The guardian's log: a file of bounded size, which no disk that is full or hangs makes anybody wait for."""

import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from .systemd import notify


class Log:
    """Lines appended to a file of bounded size by a thread: a disk that is full or hangs holds nobody up."""

    def __init__(self, path: Path, most: int = 1_000_000) -> None:
        self.path, self.most = path, most
        self.unwritten: deque[str] = deque(maxlen=1000)
        self._wake = threading.Event()
        threading.Thread(target=self._write_for_ever, daemon=True).start()

    def __call__(self, text: str) -> None:
        """Appends one line, with the time of day and the monotonic clock; systemd shows the latest as our status."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.unwritten.append(f"{stamp} {time.monotonic():.3f} {text}\n")
        self._wake.set()
        notify(f"STATUS={text}")

    def flush(self) -> None:
        """Gives the disk a second."""
        for _ in range(100):
            time.sleep(0.01 * bool(self.unwritten))

    def _write_for_ever(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with suppress(OSError, IndexError):  # full, or gone: what the queue holds is written when it can be
                self.path.parent.mkdir(parents=True, exist_ok=True)
                while self.unwritten:
                    if self.path.exists() and self.path.stat().st_size > self.most:
                        self.path.replace(self.path.with_suffix(".1.log"))
                    with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                        file.write(self.unwritten[0])
                    self.unwritten.popleft()
