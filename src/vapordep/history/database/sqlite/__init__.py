"""All that is SQLite's own: how a file is opened, made durable, protected, backed up and closed to a single file."""

from vapordep.history.database.sqlite.failures import may_pass, remedy_of_damage, speaking_of
from vapordep.history.database.sqlite.file import Content, back_up, content, is_database, remove, single_file
from vapordep.history.database.sqlite.opening import (
    cursor_of,
    disposing,
    impatient,
    open_mover,
    open_reader,
    open_writer,
    roll_back,
)
from vapordep.history.database.sqlite.protection import append_only, close_off, freeze, unprotect
from vapordep.history.database.sqlite.soundness import damage, has_table, library_fault, require_references
from vapordep.history.database.sqlite.statements import insertion, put, replacement

__all__ = [
    "Content", "append_only", "back_up", "close_off", "content", "cursor_of", "damage", "disposing", "freeze",
    "has_table", "impatient", "insertion", "is_database", "library_fault", "may_pass", "open_mover", "open_reader",
    "open_writer", "put", "remedy_of_damage", "remove", "replacement", "require_references", "roll_back", "single_file",
    "speaking_of", "unprotect",
]  # fmt: skip
