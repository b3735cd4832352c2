"""A file of the history put aside under another name, never overwritten, with all that lies beside it."""

from pathlib import Path
from secrets import token_hex

from vapordep.clock import utc_now


def put_aside(path: Path, why: str, folder: Path | None = None) -> Path | None:
    """Renames it, such as to catalogue.damaged-20261127-081500-9f3a.sqlite, beside itself or in a folder.

    None where there is none.
    """
    if not path.exists():
        return None
    (folder or path.parent).mkdir(exist_ok=True)
    aside = (folder or path.parent) / f"{path.stem}.{why}-{utc_now():%Y%m%d-%H%M%S}-{token_hex(2)}{path.suffix}"
    for beside in ("-journal", "-wal", "-shm"):
        if (left := path.with_name(path.name + beside)).exists():
            left.replace(aside.with_name(aside.name + beside))
    return path.rename(aside)
