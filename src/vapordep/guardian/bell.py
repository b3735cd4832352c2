"""The bell: the socket on which the guardian hears its one word, ABORT, and maybe who calls it and why."""

import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SOCKET, PORT, WORD = "abort.socket", "abort.port", b"ABORT"
MOST = 200
"""Characters of what a caller says about itself that are kept."""


def words(said: bytes) -> str:
    """What a caller says about itself on one short line that can be printed, whatever it was."""
    text = " ".join(said.decode("utf-8", "replace").split())[:MOST]
    return "".join(each if each.isprintable() else "?" for each in text)


class Bell:
    """The socket that knows one word. It takes datagrams: nobody who is slow, or many, can keep a connection busy."""

    def __init__(self, folder: Path, ring: Callable[[str], None], *, unix: bool = hasattr(socket, "AF_UNIX")) -> None:
        """In a folder of our own (0700); without Unix sockets on the loopback, and the word carries a token.

        `ring` is told what the caller says about itself: nothing that it may say, or leave out, keeps the word unheard.
        """
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.path, self.word = folder / (SOCKET if unix else PORT), WORD
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_DGRAM)
        if unix:
            self.socket.bind(str(self.path))
        else:
            self.socket.bind(("127.0.0.1", 0))
            self.word += b" " + secrets.token_hex(16).encode()
            self.path.write_text(f"{self.socket.getsockname()[1]} {self.word.decode()}")
        self.path.chmod(0o600)
        threading.Thread(target=self._listen, args=(ring,), daemon=True).start()

    def _listen(self, ring: Callable[[str], None]) -> None:
        while True:
            with suppress(OSError, TypeError):  # as when the caller waits for no answer, or has no name
                said, caller = self.socket.recvfrom(65536)  # Windows takes no part of a longer one
                word, who = said[: len(self.word)], said[len(self.word) :]
                if secrets.compare_digest(word, self.word) and not who[:1].strip():
                    ring(words(who))
                    self.socket.sendto(b"ABORTING", socket.MSG_DONTWAIT if os.name == "posix" else 0, caller)
