"""What every request handler needs, found again behind a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.alarm_board import AlarmBoard
    from console.live import Hub
    from console.pages.map_layout import Layout
    from console.ports import ConsolePorts
    from console.settings import ConsoleSettings
    from console.snapshot import Shown, Snapshot
    from console.wording import Wording
    from telemetry.text import Language


@dataclass(frozen=True, slots=True, eq=False)
class Console:
    """The console's own parts, built once by :func:`console.app.create_app`.

    Attributes:
        ports: what the house gives.
        settings: what the city chose.
        snapshot: the newest sample of every point.
        hub: the screens.
        board: the open alarms.
        wordings: the texts of each language.
        layouts: where things stand on the overview, by language.
    """

    ports: ConsolePorts
    settings: ConsoleSettings
    snapshot: Snapshot
    hub: Hub
    board: AlarmBoard
    wordings: Mapping[Language, Wording]
    layouts: Mapping[Language, Layout]

    def shown(self) -> Shown:
        """All values as they are to be shown now."""
        return self.snapshot.shown(self.ports.clock.now())


def console_of(request: Request) -> Console:
    """The console behind a request."""
    found: Console = request.app.state.console
    return found


Here = Annotated[Console, Depends(console_of)]
"""The parameter type by which a route gets the console."""
