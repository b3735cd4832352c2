"""The reactor room: a reactor file becomes a frozen reactor, its tag table and its drivers' names."""

from vapordep.reactor.reader import read_reactor
from vapordep.reactor.table import tag_table

__all__ = ["read_reactor", "tag_table"]
