"""The published files in memory, ready to be sent; the only part of the server that reads a disk.

Safe to use from several threads; whoever asks for what is in memory never waits for the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feed.errors import FeedFolderError
from feed.folder import LATEST, META, day_names, days_in, parsed, read_bytes
from feed.page import PageTexts, page
from feed.published import Withheld
from feed.shape import Latest, Meta
from feed.table import latest_table
from telemetry.clock import SECOND
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

JSON, CSV, HTML = "application/json", "text/csv; charset=utf-8", "text/html; charset=utf-8"

_Stamp = tuple[int, int]
_Stamps = tuple[_Stamp, _Stamp]

_SMALL = 1_024
_STALE_PERIODS = 3
_LEAST_STALE_S = 60.0
_MOST_DAY_BYTES = 64 * 1024 * 1024
_ONE_DAY_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One answer: body, compressed body, and what caches want to know.

    Attributes:
        etag: strong, of the body.
        modified_s: when it was written, seconds since 1970 UTC.
        cache_control: how long others may keep it.
    """

    media_type: str
    body: bytes
    gzipped: bytes | None
    etag: str
    modified_s: int
    cache_control: str

    @classmethod
    def of(cls, media_type: str, body: bytes, modified_s: int, cache_control: str) -> Document:
        """Compress and fingerprint a body."""
        small = len(body) < _SMALL
        return cls(
            media_type=media_type,
            body=body,
            gzipped=None if small else gzip.compress(body, 6, mtime=0),
            etag=hashlib.sha256(body).hexdigest()[:32],
            modified_s=modified_s,
            cache_control=cache_control,
        )

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.body) + len(self.gzipped or b"")


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """Everything that changes with each publication.

    Attributes:
        latest, latest_table, meta: the documents of those names.
        pages: by language.
        days: newest first; the first one may still grow.
        today: the day of the newest interval.
    """

    latest: Document
    latest_table: Document
    meta: Document
    pages: Mapping[Language, Document]
    days: tuple[date, ...]
    today: date


class Shelf:
    """The documents of one folder.

    Args:
        folder: of published files; it may be a copy on another machine.
        texts: of the page.
    """

    def __init__(self, folder: Path, texts: PageTexts) -> None:
        self._folder = folder
        self._texts = texts
        self._read: tuple[_Stamps, Latest, Meta] | None = None
        self._shown: tuple[_Stamps, bool] | None = None
        self._lock = threading.Lock()
        self._days: OrderedDict[str, tuple[_Stamp, Document]] = OrderedDict()
        self._front: Front | None = None

    @property
    def front(self) -> Front | None:
        """What was published last; None until something is."""
        return self._front

    def refresh(self, now_ns: int) -> bool:
        """Look whether something new has been published, or publication has stopped.

        Args:
            now_ns: the machine's time.

        Returns:
            Whether :attr:`front` has changed.

        Raises:
            FeedFolderError: the files cannot be read; what was read before stays.
        """
        if not (self._folder / LATEST).exists():
            return False
        stamps = (self._stamp(LATEST), self._stamp(META))
        if self._read is None or self._read[0] != stamps:
            self._read = (stamps, *self._documents())
        _, latest, meta = self._read
        stale = _is_stale(latest, meta, now_ns)
        if (stamps, stale) == self._shown:
            return False
        self._front = self._build(withheld(latest) if stale else latest, meta)
        self._shown = (stamps, stale)
        return True

    def _documents(self) -> tuple[Latest, Meta]:
        latest_file, meta_file = self._folder / LATEST, self._folder / META
        return (
            parsed(Latest, read_bytes(latest_file), latest_file),
            parsed(Meta, read_bytes(meta_file), meta_file),
        )

    def _stamp(self, name: str) -> _Stamp:
        try:
            status = (self._folder / name).stat()
        except OSError as error:
            raise FeedFolderError(
                f"{self._folder / name} cannot be read: {error.strerror or error}"
            ) from error
        return status.st_mtime_ns, status.st_size

    def _build(self, latest: Latest, meta: Meta) -> Front:
        modified_s = self._stamp(LATEST)[0] // SECOND
        fresh = _fresh_for(meta)
        return Front(
            latest=Document.of(JSON, latest.as_json(), modified_s, fresh),
            latest_table=Document.of(CSV, latest_table(latest), modified_s, fresh),
            meta=Document.of(JSON, meta.as_json(), self._stamp(META)[0] // SECOND, fresh),
            pages={
                language: Document.of(
                    HTML, page(self._texts, latest, meta, language), modified_s, fresh
                )
                for language in Language
            },
            days=tuple(days_in(self._folder)),
            today=latest.day,
        )

    def day(self, day: date, media_type: str) -> Document:
        """The document of one day; read once, and again when it has grown.

        Args:
            day: one of ``front.days``.
            media_type: :data:`JSON` or :data:`CSV`.

        Raises:
            FeedFolderError: it cannot be read.
        """
        name = day_names(day)[0 if media_type == JSON else 1]
        with self._lock:
            stamp = self._stamp(name)
            kept = self._days.get(name)
            if kept is None or kept[0] != stamp:
                body = read_bytes(self._folder / name)
                cache = self._day_cache(day)
                kept = (stamp, Document.of(media_type, body, stamp[0] // SECOND, cache))
                self._days[name] = kept
            self._days.move_to_end(name)
            while sum(d.size for _, d in self._days.values()) > _MOST_DAY_BYTES < len(self._days):
                self._days.popitem(last=False)
            return kept[1]

    def _day_cache(self, day: date) -> str:
        front = self._front
        over = front is not None and day < front.today
        return f"public, max-age={_ONE_DAY_S}, immutable" if over else "public, max-age=60"


def _fresh_for(meta: Meta) -> str:
    """Caches may keep an answer for a fifth of the time until the next one, at most a minute."""
    most_s = max(1, min(60, int(meta.refresh_s / 5)))
    return f"public, max-age={most_s}, stale-while-revalidate={most_s}"


def _is_stale(latest: Latest, meta: Meta, now_ns: int) -> bool:
    age_s = (datetime.fromtimestamp(now_ns // SECOND, UTC) - latest.written_at).total_seconds()
    return age_s > max(_STALE_PERIODS * meta.refresh_s, _LEAST_STALE_S)


def withheld(latest: Latest) -> Latest:
    """The same document without its numbers: publication has stopped, and they are the past."""
    nothing = {
        "value": None,
        "min": None,
        "max": None,
        "stations": 0,
        "stations_outside": 0,
        "within_limit": None,
        "remark": None,
        "validated_share": None,
        "data_capture": 0.0,
        "reason": Withheld.FEED_INTERRUPTED.value,
    }
    values = tuple(value.model_copy(update=nothing) for value in latest.values)
    return latest.model_copy(update={"values": values, "stale": True})
