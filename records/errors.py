"""What can go wrong with the records.

The tree of this folder::

    BaotuError
    ├── RecordsError               base of all below
    │   ├── RecordsFileError       the file cannot be opened as records
    │   │   └── NewerSchemaError   a newer version of the service wrote it
    │   ├── VersionConflict        somebody else changed the alarm first
    │   ├── UnknownAlarmError      no alarm has this id
    │   ├── UnknownMessageError    no message of this id waits in the outbox
    │   ├── CursorError            a page cursor that was not handed out by us
    │   └── AccessError            an account, password, link or token is refused
    │       ├── PasswordPolicyError
    │       ├── UserNameError      the name is taken, unknown or cannot be one
    │       ├── LastOperatorError  nobody would be left who may change anything
    │       ├── SetupLinkError     the one-time link is used, expired or not needed any more
    │       └── TokenNameError     a program's token of that name exists, or does not
    └── AdapterError
        └── RecordsUnavailableError  the database failed: disk full, locked, unreadable
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry.errors import AdapterError, BaotuError

if TYPE_CHECKING:
    from records.alarm_rows import AlarmRow


class RecordsError(BaotuError):
    """Base of the errors of the records."""


class RecordsFileError(RecordsError):
    """The file cannot be opened as records."""


class NewerSchemaError(RecordsFileError):
    """A newer version of the service wrote the file; it is left untouched."""


class VersionConflict(RecordsError):  # noqa: N818 - the name the console's 409 answer is known by
    """A transition was computed from a version that is no longer the latest.

    Attributes:
        alarm_id: which alarm.
        current: its latest state, or None if the alarm does not exist.
    """

    def __init__(self, alarm_id: str, current: AlarmRow | None) -> None:
        self.alarm_id = alarm_id
        self.current = current
        stands = "does not exist" if current is None else f"stands at version {current.version}"
        super().__init__(
            f"alarm {alarm_id} {stands}: somebody else was faster; look at it again, then decide"
        )


class UnknownAlarmError(RecordsError):
    """No alarm has this id."""


class UnknownMessageError(RecordsError):
    """No message of this id waits in the outbox."""


class CursorError(RecordsError):
    """A page cursor that was not handed out by us."""


class AccessError(RecordsError):
    """An account, password, link or token is refused; the message may be shown to the person."""


class PasswordPolicyError(AccessError):
    """The password is too weak or too long; the message says what is asked for."""


class UserNameError(AccessError):
    """The user name is taken, unknown, or cannot be a name."""


class LastOperatorError(AccessError):
    """The change would leave nobody who may change anything."""


class SetupLinkError(AccessError):
    """The one-time setup link was used, has expired, or is not needed any more."""


class TokenNameError(AccessError):
    """A program's token of that name exists already, or does not exist."""


class RecordsUnavailableError(AdapterError):
    """The database failed: disk full, locked, unreadable. The change was not made."""
