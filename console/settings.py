"""What a city can choose about its console."""

from __future__ import annotations

from pydantic import Field

from telemetry.settings import Settings
from telemetry.text import Language


class ConsoleSettings(Settings):
    """The operators' page.

    Attributes:
        host: address to listen on; loopback unless told otherwise.
        port: 0 takes a free one.
        session_hours: a login ends after this much idle time.
        language: of the page until the user switches.
        public_metrics: serve ``/metrics`` to others than loopback.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    session_hours: float = Field(default=12.0, gt=0)
    language: Language = Language.ZH
    public_metrics: bool = False
