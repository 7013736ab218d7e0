"""The folder of published files: all that the public can ever see, and all that the server reads.

Every file is written whole beside its name and then moved onto it, so that a reader (the
server, or a program that copies the folder to another machine) never sees half a file.
"""

from __future__ import annotations

import os
import re
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from feed.errors import FeedFolderError
from feed.shape import Day, Latest, Meta

if TYPE_CHECKING:
    from pathlib import Path

LATEST, META = "latest.json", "meta.json"
LATEST_TABLE = "latest.csv"
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.json")
_MOST_BYTES = 64 * 1024 * 1024

Document = TypeVar("Document", Latest, Meta, Day)


def day_names(day: date) -> tuple[str, str]:
    """File names of one day: document and table."""
    return f"{day.isoformat()}.json", f"{day.isoformat()}.csv"


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the new one, even after a power cut.

    Raises:
        FeedFolderError: the disk does not take it.
    """
    new = file.with_name(f".{file.name}.new")
    try:
        with new.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except OSError as error:
        raise FeedFolderError(f"{file} cannot be written: {error.strerror or error}") from error


def read_bytes(file: Path) -> bytes:
    """The content of a published file.

    Raises:
        FeedFolderError: it is missing, unreadable or absurdly large.
    """
    try:
        size = file.stat().st_size
        if size > _MOST_BYTES:
            raise FeedFolderError(
                f"{file} has {size} bytes, more than {_MOST_BYTES} that are read: "
                "is it a file of the feed?"
            )
        return file.read_bytes()
    except OSError as error:
        raise FeedFolderError(f"{file} cannot be read: {error.strerror or error}") from error


def parsed(kind: type[Document], content: bytes, file: Path) -> Document:
    """A published document out of a file's content.

    Raises:
        FeedFolderError: it is none; the message says where it goes wrong.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the beginning"
        raise FeedFolderError(
            f"{file} is no document of the feed: at {where}: {first['msg']}"
        ) from None


def days_in(folder: Path) -> list[date]:
    """The days that have been published, newest first.

    Raises:
        FeedFolderError: the folder cannot be read.
    """
    try:
        names = [_DAY.fullmatch(entry.name) for entry in folder.iterdir()]
    except OSError as error:
        raise FeedFolderError(f"{folder} cannot be read: {error.strerror or error}") from error
    days = (_date(found[1]) for found in names if found)
    return sorted((day for day in days if day is not None), reverse=True)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def forget_days(folder: Path, before: date) -> None:
    """Remove the days before ``before``.

    Raises:
        FeedFolderError: a file cannot be removed.
    """
    for day in days_in(folder):
        if day < before:
            for name in day_names(day):
                try:
                    (folder / name).unlink(missing_ok=True)
                except OSError as error:
                    reason = error.strerror or error
                    raise FeedFolderError(f"{folder / name} cannot be removed: {reason}") from error
