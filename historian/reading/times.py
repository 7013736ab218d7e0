"""Times as people write them, and as files hold them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Literal

import numpy as np

from historian.errors import QueryError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LENGTHS_S = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_LENGTH = re.compile(rf"(?P<count>\d{{1,9}})(?P<unit>{'|'.join(_LENGTHS_S)})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: dict[Literal["s", "ms", "us", "ns"], int] = {
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}
_DAY_NS = 86_400 * 1_000_000_000
_FIRST, _LAST = np.iinfo(np.int64).min + _DAY_NS, np.iinfo(np.int64).max - _DAY_NS
"""What fits into 64 bits, less a day, so that a local time fits as well."""

_QUARTER_NS = 900 * 1_000_000_000
"""Offsets from UTC change on whole quarters of an hour only."""


def time_ns(time: str | datetime, zone: tzinfo) -> int:
    """Nanoseconds since 1970 UTC of a time.

    Args:
        time: ISO 8601, e.g. ``2026-01-31`` or ``2026-01-31T08:00+08:00``; or a datetime.
        zone: of times without an offset.

    Raises:
        QueryError: the text is no time, or one that no reading can have.
    """
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time.strip())
        except ValueError:
            raise QueryError(
                f"{time!r} is no time: write it like 2026-01-31, 2026-01-31T08:00 or "
                "2026-01-31T08:00:00+08:00"
            ) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=zone)
    found = (time - _EPOCH) // timedelta(microseconds=1) * 1_000
    if not _FIRST <= found <= _LAST:
        raise QueryError(
            f"{time.isoformat()} is out of reach: readings have times from 1678 to 2261; leave it "
            "out to begin with the oldest reading, or to end with the newest"
        )
    return found


def length_ns(text: str) -> int:
    """Nanoseconds of a length such as ``60s``, ``15min``, ``1h`` or ``1d``.

    Raises:
        QueryError: it is none.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None or not int(found["count"]):
        raise QueryError(f"{text!r} is no length of a bucket: write e.g. 60s, 15min, 1h or 1d")
    return int(found["count"]) * _LENGTHS_S[found["unit"]] * 1_000_000_000


def midnight_before(time: int, zone: tzinfo) -> int:
    """The last midnight in ``zone`` that is not after ``time``, ns."""
    local = (_EPOCH + timedelta(microseconds=time // 1_000)).astimezone(zone)
    return time_ns(local.replace(hour=0, minute=0, second=0, microsecond=0), zone)


def iso_texts(times: NDArray[np.int64], zone: tzinfo) -> tuple[list[bytes], list[bytes]]:
    """ISO 8601 to the nanosecond: ``2026-01-31T08:00:00.500`` and ``+08:00`` of each time.

    Args:
        times: ``int64[n]``, ns since 1970 UTC.
        zone: whose clock it is, e.g. the city's.

    Returns:
        Local times, all with as many decimals as one of them needs, and their offsets.
    """
    quarters, where = np.unique(times // _QUARTER_NS, return_inverse=True)
    offsets = [_offset(int(quarter) * _QUARTER_NS, zone) for quarter in quarters]
    shifts = np.array([shift for shift, _ in offsets], dtype=np.int64)[where]
    local: NDArray[np.datetime64] = (times + shifts).view("M8[ns]")
    unit = next(u for u, ns in _UNITS.items() if not (times % ns).any())
    texts: list[bytes] = np.datetime_as_string(local, unit=unit).astype("S").tolist()
    suffixes = [suffix for _, suffix in offsets]
    return texts, [suffixes[at] for at in where.tolist()]


def iso_text(time: int, zone: tzinfo) -> str:
    """As :func:`iso_texts`, for one time."""
    texts, suffixes = iso_texts(np.array([time], np.int64), zone)
    return (texts[0] + suffixes[0]).decode()


def _offset(time: int, zone: tzinfo) -> tuple[int, bytes]:
    """Offset of ``zone`` at a time: in ns, and as text."""
    local = (_EPOCH + timedelta(microseconds=time // 1_000)).astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return offset // timedelta(microseconds=1) * 1_000, local.isoformat()[-6:].encode()
