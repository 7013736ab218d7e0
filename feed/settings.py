"""What a city can choose about its public feed."""

from __future__ import annotations

from pydantic import Field

from telemetry.settings import Settings
from telemetry.text import Text

LICENCE = Text(
    "可免费使用和转载，须注明来源与“在线数据，未经复核”；不作任何担保。",
    'Free to use and to pass on if the source and "online values, provisional" are named; '
    "no warranty.",
)


class FeedSettings(Settings):
    """The public water-quality feed; it runs only where the city has a ``[feed]``.

    Attributes:
        host: address to listen on; loopback unless told otherwise.
        port: 0 takes a free one.
        delay_s: values are published so many seconds after they were measured, so that they can
            be validated first.
        interval_s: one published value for so many seconds.
        history_days: so far back go the published days.
        requests_per_minute: of one address; beyond it the answer is 429.
        licence: on which terms the values may be used.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65_535)
    delay_s: float = Field(default=900.0, ge=0)
    interval_s: float = Field(default=300.0, ge=60)
    history_days: float = Field(default=30.0, gt=0)
    requests_per_minute: int = Field(default=120, ge=1)
    licence: Text = LICENCE
