"""From settings to channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarms.notify.outbox import Channel
from alarms.notify.webhook import WebhookNotifier

if TYPE_CHECKING:
    from alarms.settings import AlarmSettings, WebhookSettings


def open_channels(settings: AlarmSettings, external_url: str = "") -> list[Channel]:
    """The channels that a city has.

    Args:
        settings: the city's choice.
        external_url: the console's address, for links in messages.
    """
    return [_webhook(each, external_url) for each in settings.webhooks]


def _webhook(settings: WebhookSettings, external_url: str) -> Channel:
    return Channel(
        name=settings.name,
        notifier=WebhookNotifier(settings, external_url),
        least_priority=settings.least_priority,
        first_retry_s=settings.first_retry_s,
        most_retry_s=settings.most_retry_s,
        give_up_s=settings.give_up_s,
    )
