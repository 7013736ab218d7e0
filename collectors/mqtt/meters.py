"""One meter's message becomes samples, or is rejected with a reason. Pure.

The message is JSON::

    {"meter": "M0001", "seq": 17, "ts": 1767225600000, "total_m3": 1234.56, "flow_m3h": 0.12,
     "hist": {"start": 1767139200000, "step_s": 3600, "total_m3": [1230.1, 1230.4]}}

``ts`` is epoch milliseconds; ``hist`` holds back-dated readings at ``start + i × step_s``.
Numbers may be written as strings, as many modems do. Nothing in a message is trusted: the
meter must be the one that the topic names, and no nesting, length, number or time may hurt.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from collectors.scaling import scaled
from telemetry.clock import SECOND
from telemetry.quality import GOOD, Reason, Severity, bad, quality

if TYPE_CHECKING:
    from collectors.settings import MqttSettings
    from telemetry.addresses import MqttAddress
    from telemetry.devices import Channel, MqttSource

_DEEPEST = 64
"""Opening brackets in one message; a meter's has three or four."""
_MILLISECOND = 1_000_000
_EARLIEST_MS = 946_684_800_000
"""2000-01-01. A clock before that has lost its battery."""
_LONGEST_STEP_S = 7 * 86_400
_NUMBER = re.compile(r"\s*[+-]?\d{1,30}(\.\d{0,30})?([eE][+-]?\d{1,3})?\s*", re.ASCII)
_LATE = quality(Severity.GOOD, Reason.LATE)
_TYPE = bad(Reason.TYPE)
_NAN = bad(Reason.NAN)


class RejectReason(StrEnum):
    """Why a message is not taken."""

    TOPIC = "topic"  # does not follow the pattern
    OVERSIZE = "oversize"
    MALFORMED = "malformed"  # no JSON object, duplicate keys, not UTF-8, fields of wrong type
    TOO_DEEP = "too_deep"
    IDENTITY = "identity"  # the meter in the message is not the one in the topic
    UNKNOWN_METER = "unknown_meter"
    FUTURE = "future"
    PAST = "past"  # before the year 2000
    HISTORY = "history"  # too many values, or a step that cannot be


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that is not taken."""

    reason: RejectReason


class Row(NamedTuple):
    """One sample: point index, ns UTC, canonical value, quality byte."""

    point: int
    time_ns: int
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class MeterMessage:
    """A message that is taken.

    Attributes:
        sender: the meter.
        key: two messages of one meter with one key are the same message: number and time.
        rows: the samples.
    """

    sender: str
    key: tuple[int, int]
    rows: tuple[Row, ...]


class _UnfitError(Exception):
    """Carries a reason out of the depth of a message."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason = reason


class MeterDecoder:
    """Decodes the messages of one source.

    Args:
        source: topic pattern and channels.
        settings: limits.
    """

    def __init__(self, source: MqttSource, settings: MqttSettings) -> None:
        head, _, tail = source.topic.partition("{sender}")
        self._topic = re.compile(
            rf"{re.escape(head)}(?P<sender>[A-Za-z0-9_-]{{1,64}}){re.escape(tail)}"
        )
        self._settings = settings
        self._meters: dict[str, dict[str, Channel[MqttAddress]]] = {}
        for channel in source.channels:
            fields = self._meters.setdefault(channel.address.sender, {})
            fields[channel.address.field] = channel

    def decode(
        self, topic: str, payload: bytes, now_ns: int, *, retained: bool = False
    ) -> MeterMessage | Rejected:
        """Decode one message.

        Args:
            topic: as received.
            payload: as received.
            now_ns: our time.
            retained: the broker kept it from before we came; true, but not the present.
        """
        try:
            return self._message(topic, payload, now_ns, retained=retained)
        except _UnfitError as unfit:
            return Rejected(unfit.reason)

    def _message(self, topic: str, payload: bytes, now_ns: int, *, retained: bool) -> MeterMessage:
        found = self._topic.fullmatch(topic)
        if found is None:
            raise _UnfitError(RejectReason.TOPIC)
        sender = found["sender"]
        fields = self._meters.get(sender)
        if fields is None:
            raise _UnfitError(RejectReason.UNKNOWN_METER)
        if len(payload) > self._settings.payload_bytes:
            raise _UnfitError(RejectReason.OVERSIZE)
        content = _json_object(payload)
        if content.get("meter") != sender:
            raise _UnfitError(RejectReason.IDENTITY)
        stamp = _whole(content.get("ts"))
        sequence = _whole(content.get("seq", -1))
        self._check_time(stamp, now_ns)
        oldest = now_ns + 1 if retained else now_ns - int(self._settings.late_s * SECOND)
        rows = [*self._present(content, fields, stamp)]
        rows += self._history(content.get("hist"), fields, now_ns)
        return MeterMessage(sender, (sequence, stamp), tuple(_marked(r, oldest) for r in rows))

    def _present(
        self, content: dict[str, object], fields: dict[str, Channel[MqttAddress]], stamp_ms: int
    ) -> list[Row]:
        time_ns = stamp_ms * _MILLISECOND
        return [
            _row(channel, time_ns, content[name])
            for name, channel in fields.items()
            if name in content
        ]

    def _history(
        self, history: object, fields: dict[str, Channel[MqttAddress]], now_ns: int
    ) -> list[Row]:
        if history is None:
            return []
        if not isinstance(history, dict):
            raise _UnfitError(RejectReason.MALFORMED)
        start, step = _whole(history.get("start")), _whole(history.get("step_s"))
        columns = {name: history[name] for name in fields if name in history}
        if not all(isinstance(column, list) for column in columns.values()):
            raise _UnfitError(RejectReason.MALFORMED)
        length = sum(len(column) for column in columns.values())
        if length > self._settings.history_values or not 0 < step <= _LONGEST_STEP_S:
            raise _UnfitError(RejectReason.HISTORY)
        longest = max((len(column) for column in columns.values()), default=1)
        self._check_time(start, now_ns)
        self._check_time(start + max(longest - 1, 0) * step * 1_000, now_ns)
        return [
            _row(fields[name], (start + place * step * 1_000) * _MILLISECOND, value)
            for name, column in columns.items()
            for place, value in enumerate(column)
        ]

    def _check_time(self, stamp_ms: int, now_ns: int) -> None:
        if stamp_ms < _EARLIEST_MS:
            raise _UnfitError(RejectReason.PAST)
        if stamp_ms * _MILLISECOND > now_ns + int(self._settings.future_s * SECOND):
            raise _UnfitError(RejectReason.FUTURE)


def _row(channel: Channel[MqttAddress], time_ns: int, content: object) -> Row:
    raw, code = number(content)
    return Row(channel.point, time_ns, scaled(raw, channel.scale, channel.offset), code)


def _marked(row: Row, oldest_ns: int) -> Row:
    """The row, marked late when it is older than ``oldest_ns``."""
    if row.quality == GOOD and row.time_ns < oldest_ns:
        return row._replace(quality=_LATE)
    return row


def number(content: object) -> tuple[float, int]:
    """A JSON value as number with its quality; what is none becomes BAD with the reason."""
    if isinstance(content, str):
        if _NUMBER.fullmatch(content) is None:
            return math.nan, _TYPE
        content = float(content)
    if isinstance(content, bool) or not isinstance(content, (int, float)):
        return math.nan, _TYPE
    try:
        value = float(content)
    except OverflowError:
        return math.nan, _NAN
    return (value, GOOD) if math.isfinite(value) else (math.nan, _NAN)


def _whole(content: object) -> int:
    """An integer, also when written as text or with a decimal point."""
    value, code = number(content)
    if code != GOOD or not value.is_integer() or abs(value) >= 2**53:
        raise _UnfitError(RejectReason.MALFORMED)
    return int(value)


def _json_object(payload: bytes) -> dict[str, object]:
    """Parse strictly: UTF-8, no NaN, no duplicate keys, no depth that could exhaust a stack."""
    if payload.count(b"[") + payload.count(b"{") > _DEEPEST:
        raise _UnfitError(RejectReason.TOO_DEEP)
    try:
        content = json.loads(
            payload.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constants,
        )
    except ValueError:
        raise _UnfitError(RejectReason.MALFORMED) from None
    if not isinstance(content, dict):
        raise _UnfitError(RejectReason.MALFORMED)
    return content


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _UnfitError(RejectReason.MALFORMED)
    return content


def _no_constants(_name: str) -> float:
    raise _UnfitError(RejectReason.MALFORMED)
