"""Where the records are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from records.alarm_journal import AlarmJournal
from records.audit import Audit
from records.database import open_database
from records.outbox import Outbox
from records.settings import AccessSettings
from records.users import Users

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from records.database import Database


class Records:
    """Everything that is remembered and is no time series. All methods block.

    Attributes:
        alarms: alarm transitions and the latest state of each alarm.
        outbox: notifications that wait to be sent.
        users: accounts, logins, the first start, programs' tokens.
        audit: who did what.
    """

    def __init__(self, database: Database, access: AccessSettings) -> None:
        self._database = database
        self.alarms = AlarmJournal(database)
        self.outbox = Outbox(database)
        self.users = Users(database, access)
        self.audit = Audit(database)

    def keep_reserve(self, size: int) -> None:
        """Hold ``size`` bytes of the disk, so that alarms are kept where nothing else is.

        Raises:
            RecordsUnavailableError: there is no room for it.
        """
        self._database.keep_reserve(size)

    def problem(self) -> str | None:
        """Why what is written now would not be found again; None while it would."""
        return self._database.problem()

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_records(path_or_url: Path | str, access: AccessSettings | None = None) -> Records:
    """Open the records, creating them where there are none.

    Args:
        path_or_url: path of the file, or a ``sqlite:///`` URL.
        access: logins and lock-outs.

    Raises:
        RecordsFileError: the file cannot be opened as records.
        NewerSchemaError: a newer version of the service wrote it.
        RecordsUnavailableError: another process holds the file.
    """
    return Records(open_database(path_or_url), access or AccessSettings())
