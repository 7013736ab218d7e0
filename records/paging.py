"""Pages of a long list, newest first, that stay put while new rows arrive."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from records.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Sequence

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page.

    Attributes:
        rows: newest first.
        next: cursor of the following page, or None on the last one.
    """

    rows: Sequence[R]
    next: str | None


def write_cursor(number: int, text: str = "") -> str:
    """A cursor that names the last row of a page by its sort key."""
    return base64.urlsafe_b64encode(json.dumps([number, text]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """The sort key in a cursor.

    Raises:
        CursorError: it was not made by :func:`write_cursor`.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        match json.loads(base64.b64decode(padded, altchars=b"-_", validate=True)):
            case [int(number), str(text)] if -(2**63) <= number < 2**63:
                return number, text
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise CursorError(
        f"{cursor[:40]!r} is no cursor of this list: take it from 'next' of the page before, "
        "or leave it out to begin with the newest"
    )
