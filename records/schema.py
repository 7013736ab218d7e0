"""The tables, and the version of their layout that stands in the file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from records.access import Role
from records.alarm_rows import AlarmEvent, AlarmState

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA_VERSION = 1
"""Raised with every change of the tables below."""

metadata = MetaData()

# SQLite numbers rows by itself only for its own INTEGER.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class MessageState(StrEnum):
    """Where a message of the outbox stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    NEVER = "never"


def _words(kind: type[StrEnum]) -> Enum:
    """A closed set of words, checked by the database too."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

alarm_transition = Table(
    "alarm_transition",
    metadata,
    Column("sequence", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("alarm_id", String(256), nullable=False),
    Column("version", Integer, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("rule", String(256), nullable=False),
    Column("point", String(256), nullable=False),
    Column("level", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("event", _words(AlarmEvent), nullable=False),
    Column("state", _words(AlarmState), nullable=False),
    Column("value", Float),
    Column("limit", Float),
    Column("user", String(256)),
    Column("note", Text),
    UniqueConstraint("alarm_id", "version"),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", String(256), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rule", String(256), nullable=False),
    Column("point", String(256), nullable=False),
    Column("level", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", _words(AlarmState), nullable=False),
    Column("since_ns", BigInteger, nullable=False),
    Column("value", Float),
    Column("limit", Float),
    Column("acknowledged_by", String(256)),
    Column("acknowledged_at_ns", BigInteger),
    Column("note", Text),
    Column("cleared_at_ns", BigInteger),
    Index("alarm_newest", "since_ns", "id"),
    Index("alarm_by_state", "state", "since_ns", "id"),
)

kept_state = Table(
    "kept_state",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("channel", String(128), primary_key=True),
    Column("id", String(256), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("next_attempt_ns", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", _words(MessageState), nullable=False),
    Column("reason", Text, nullable=False),
    Index("outbox_due", "channel", "state", "created_ns", "id"),
)

account = Table(
    "account",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("role", _words(Role), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", ForeignKey("account.key"), nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("seen_ns", BigInteger, nullable=False),
)

program_token = Table(
    "program_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", _words(Role), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger),
)

setup_link = Table(
    "setup_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("expires_ns", BigInteger, nullable=False),
)

failed_logins = Table(
    "failed_logins",
    metadata,
    Column("who", String(160), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_ns", BigInteger, nullable=False),
    Column("until_ns", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("who", String(256), nullable=False),
    Column("what", String(128), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)


def append_only_triggers() -> Iterator[str]:
    """SQLite statements that let the database itself refuse to rewrite what has happened."""
    for table in (alarm_transition, audit):
        for act in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table.name}_no_{act.lower()} BEFORE {act} ON {table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
            )
