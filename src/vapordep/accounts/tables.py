"""The tables of the file of accounts. A change here needs a migration beside it; a test compares the two."""

from pathlib import Path

from sqlalchemy import CheckConstraint, Column, Connection, Float, ForeignKey, Integer, MetaData, String, Table, Text

from vapordep.accounts.roles import Role
from vapordep.history.database import sqlite
from vapordep.history.database.schema import Kind
from vapordep.history.database.tables import NAMES

ACCOUNTS = MetaData(naming_convention=NAMES)
ROLES = ", ".join(f"'{role}'" for role in Role)

people = Table(
    "people",
    ACCOUNTS,
    Column("name", String(40), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("disabled", Integer, nullable=False),
    Column("made", Float, nullable=False),
    CheckConstraint(f"role IN ({ROLES})", name="role"),
)
"""People; `password` is an argon2id hash with its salt and parameters. Instants here are s since 1970, UTC."""

sessions = Table(
    "sessions",
    ACCOUNTS,
    Column("secret_sha256", String(64), primary_key=True),
    Column("person", String(40), ForeignKey("people.name"), nullable=False, index=True),
    Column("begun", Float, nullable=False),
    Column("seen", Float, nullable=False),
)
"""Who is logged in. Only hashes of what the browsers hold: whoever reads this file cannot log in with it."""

tokens = Table(
    "tokens",
    ACCOUNTS,
    Column("token_id", String(16), primary_key=True),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("person", String(40), ForeignKey("people.name"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("scope", String(200), nullable=False),
    Column("made", Float, nullable=False),
    Column("ends", Float, nullable=False),
    Column("revoked", Float),
)
"""Tokens of programs; `scope` is a row of rights, none of which goes beyond those of the person."""

first_link = Table(
    "first_link",
    ACCOUNTS,
    Column("secret_sha256", String(64), primary_key=True),
    Column("ends", Float, nullable=False),
)
"""The link that makes the first account: one row at most, none once there is somebody."""

preferences = Table(
    "preferences",
    ACCOUNTS,
    Column("person", String(40), ForeignKey("people.name"), primary_key=True),
    Column("theme", String(8), nullable=False),
    Column("units", Text, nullable=False),
    Column("sound", Integer, nullable=False),
)
"""How each person wants to see the pages; `units` is JSON, a unit by dimension. Nobody has a row before they say so."""

audit = Table(
    "audit",
    ACCOUNTS,
    Column("number", Integer, primary_key=True),
    Column("time", String(40), nullable=False),
    Column("person", String(40), nullable=False),
    Column("what", Text, nullable=False),
)
"""What was done with accounts and by whom, civil time, ISO 8601, UTC. Only ever added to."""

audit_chain = Table(
    "audit_chain",
    ACCOUNTS,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
)
"""Of each entry a SHA-256 over it and the hash before it; see `record`. It outlives its entry: no key refers to it."""


def _protect(connection: Connection) -> None:
    sqlite.append_only(connection, audit)
    sqlite.append_only(connection, audit_chain)


KIND = Kind("file of accounts", ACCOUNTS, "0004", Path(__file__).parent / "migrations", _protect, backed_up=True)
