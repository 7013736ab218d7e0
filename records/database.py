"""One SQL database: transactions, durability and translated failures."""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from records.errors import NewerSchemaError, RecordsFileError, RecordsUnavailableError
from records.schema import SCHEMA_VERSION, append_only_triggers, metadata, schema_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_MS = 5_000


class Database:
    """Short transactions for any thread; writers take turns.

    Args:
        engine: an engine made by :func:`open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(writes=True)
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the records.

        Raises:
            RecordsUnavailableError: the database failed.
        """
        with _failures_as_sentences(self._reading), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: on the disk when this returns, or not made at all.

        Raises:
            RecordsUnavailableError: the database failed; nothing was changed.
        """
        with (
            self._turn,
            _failures_as_sentences(self._writing),
            self._writing.begin() as connection,
        ):
            yield connection

    def problem(self) -> str | None:
        """Why what is written now would not be found again; None while it would."""
        path = Path(self._reading.url.database or "")
        if path.exists():
            return None
        return f"{path} was deleted under the running service: put it back from a backup, restart"

    def keep_reserve(self, size: int) -> None:
        """Hold at least half of ``size`` bytes of the disk in free pages, else fill up to ``size``.

        What is written later takes free pages, and the blocks of the write-ahead log that was
        needed to make them, before either file grows. So it still fits on a full disk.

        Args:
            size: bytes, of the file and of its write-ahead log each; more than the 4 MiB of log
                after which SQLite carries the pages into the file by itself.

        Raises:
            RecordsUnavailableError: there is no room for it.
        """
        if self._reserved() >= size // 2:
            return
        with self.write() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS reserve (filling BLOB)"))
            connection.execute(text("INSERT INTO reserve VALUES (zeroblob(:size))"), {"size": size})
        # Apart, because pages that are made and freed in one transaction never reach the disk.
        with self.write() as connection:
            connection.execute(text("DROP TABLE reserve"))

    def _reserved(self) -> int:
        """Bytes that can be written before one of the files grows."""
        with self.read() as connection:
            pages, page = (
                int(connection.execute(text(f"PRAGMA {name}")).scalar_one())
                for name in ("freelist_count", "page_size")
            )
        log = Path(f"{self._reading.url.database}-wal")
        return min(pages * page, log.stat().st_size if log.exists() else 0)

    def close(self) -> None:
        """Close all connections."""
        self._reading.dispose()


@contextmanager
def _failures_as_sentences(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise RecordsUnavailableError(
            f"the records in {engine.url.database} cannot be used: {error.orig}; "
            "nothing was changed; look for a full disk or another process that holds the file"
        ) from error


def open_database(where: Path | str) -> Database:
    """Open the database, creating and laying it out where there is none.

    Args:
        where: path of a SQLite file, or a ``sqlite:///`` URL.

    Raises:
        RecordsFileError: the file cannot be opened as records.
        NewerSchemaError: a newer version wrote it; the file is left as it is.
    """
    url = _url(where)
    _make_private(str(url.database))
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    database = Database(engine)
    try:
        _lay_out(database, engine)
    except DBAPIError as error:
        database.close()
        raise RecordsFileError(
            f"{url.database} cannot be opened as records: {error.orig}; "
            "restore it from a backup, or move it away to begin anew"
        ) from error
    except (RecordsFileError, RecordsUnavailableError):
        database.close()
        raise
    return database


def _url(where: Path | str) -> URL:
    text_ = str(where)
    if "://" not in text_:
        return URL.create("sqlite", database=text_)
    try:
        url = make_url(text_)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.get_backend_name() != "sqlite" or not url.database:
        shown = url.render_as_string(hide_password=True)
        raise RecordsFileError(
            f"records are kept in a SQLite file, not in {shown}: give a path or sqlite:///path"
        )
    return url


def _make_private(path: str) -> None:
    """Make sure that only the owner may read the file; SQLite's side files follow its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        Path(path).chmod(0o600)
    except OSError as error:
        raise RecordsFileError(
            f"{path} cannot be opened for records: {error.strerror}; "
            "the data directory must exist and belong to the user that runs the service"
        ) from error


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would begin them too late to read and
    # then write consistently.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # FULL, because an alarm that was shown or sent must be there after a power loss.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lay_out(database: Database, engine: Engine) -> None:
    with database.write() as connection:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            metadata.create_all(connection)
            for trigger in append_only_triggers():
                connection.execute(text(trigger))
            connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        elif schema_version.name not in tables:
            raise RecordsFileError(
                f"{engine.url.database} is a database of something else; it was left as it is: "
                "choose another path for the records"
            )
        else:
            _check_version(connection, engine)
    # Outside of any transaction, and only once we know that the file is ours.
    with _failures_as_sentences(engine), closing(engine.raw_connection()) as raw:
        raw.cursor().execute("PRAGMA journal_mode = WAL")


def _check_version(connection: Connection, engine: Engine) -> None:
    found = connection.execute(select(schema_version.c.version)).scalar_one()
    if found > SCHEMA_VERSION:
        raise NewerSchemaError(
            f"{engine.url.database} was written by a newer version of Baotu (layout {found}, "
            f"this version knows {SCHEMA_VERSION}); it was left as it is: install the newer "
            "version again, or restore the backup made before the upgrade"
        )
