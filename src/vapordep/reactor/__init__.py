"""The reactor room: a reactor file becomes a frozen reactor, its tag table and its drivers' names."""

from vapordep.reactor.reader import reactor_of, read_reactor
from vapordep.reactor.table import tag_table

__all__ = ["reactor_of", "read_reactor", "tag_table"]
