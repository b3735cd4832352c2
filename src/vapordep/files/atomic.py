"""Writes a file whole or not at all."""

import os
import secrets
from pathlib import Path

from vapordep.errors import FileError


def atomic_write(path: Path | str, text: str, *, private: bool = False) -> None:
    r"""Write a UTF-8 text with "\n" line ends so that `path` holds the old or the new one whole, even after a crash.

    A `private` file is read and written by its owner only.

    Raises:
        FileError: the folder is missing, full or not writable.
    """
    atomic_write_bytes(Path(path), text.encode(), private=private)


def atomic_write_bytes(path: Path, content: bytes, *, private: bool = False) -> None:
    """The same with bytes. Raises FileError likewise."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "xb", opener=_private if private else None) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileError(
            f"cannot be written: {error.strerror}", where=str(path), remedy="check the folder, its rights and its space"
        ) from error
    _sync_folder(path.parent)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable where a folder can be opened (not on Windows, which does so itself)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
