"""The body of Alertmanager's webhook, version 4; pure.

Keys, types and order as Alertmanager 0.25 sends them, so that whatever understands it
understands us.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

import orjson

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alarms.notify.notifier import Alert, Notification

NOT_ENDED = "0001-01-01T00:00:00Z"
_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_BYTES_64 = 0xFFFFFFFFFFFFFFFF


class AlertBody(TypedDict):
    """One alert."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str
    fingerprint: str


class WebhookBody(TypedDict):
    """What is posted."""

    receiver: str
    status: str
    alerts: list[AlertBody]
    groupLabels: dict[str, str]
    commonLabels: dict[str, str]
    commonAnnotations: dict[str, str]
    externalURL: str
    version: str
    groupKey: str
    truncatedAlerts: int


def webhook_body(receiver: str, notification: Notification, external_url: str) -> WebhookBody:
    """Build the body.

    Args:
        receiver: the channel's name.
        notification: alerts of one group.
        external_url: where the console is, or empty.
    """
    alerts = [_alert(alert, external_url) for alert in notification.alerts]
    firing = any(alert["status"] == "firing" for alert in alerts)
    return WebhookBody(
        receiver=receiver,
        status="firing" if firing else "resolved",
        alerts=alerts,
        groupLabels={"alertname": notification.group},
        commonLabels=_common([alert["labels"] for alert in alerts]),
        commonAnnotations=_common([alert["annotations"] for alert in alerts]),
        externalURL=external_url,
        version="4",
        groupKey=f'{{}}:{{alertname="{notification.group}"}}',
        truncatedAlerts=0,
    )


def encode(body: WebhookBody) -> bytes:
    """The body as JSON."""
    return orjson.dumps(body)


def _alert(alert: Alert, external_url: str) -> AlertBody:
    return AlertBody(
        status="firing" if alert.ends_ns is None else "resolved",
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        startsAt=rfc3339(alert.starts_ns),
        endsAt=NOT_ENDED if alert.ends_ns is None else rfc3339(alert.ends_ns),
        generatorURL=external_url,
        fingerprint=fingerprint(alert.labels),
    )


def _common(maps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *others = maps
    return {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}


def rfc3339(time_ns: int) -> str:
    """A time as Go writes it: UTC, no more digits than needed."""
    seconds, rest = divmod(time_ns, SECOND)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{whole}{fraction}Z"


def fingerprint(labels: Mapping[str, str]) -> str:
    """Prometheus' fingerprint of a set of labels: FNV-1a over sorted names and values."""
    digest = _FNV_OFFSET
    for name in sorted(labels):
        for byte in (*name.encode(), 0xFF, *labels[name].encode(), 0xFF):
            digest = ((digest ^ byte) * _FNV_PRIME) & _BYTES_64
    return f"{digest:016x}"
