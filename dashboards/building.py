"""The first set of dashboards, and the files they become; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.model import Dashboard
from dashboards.pages.beyond import beyond
from dashboards.pages.health import health
from dashboards.pages.overview import overview
from dashboards.pages.quality import quality
from dashboards.pages.reservoirs import reservoirs
from dashboards.pages.stations import station_choice, stations
from dashboards.pages.zones import zones
from dashboards.rendering import dashboard_bytes
from dashboards.sheet import Sheet
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.model import Choice, Row
    from dashboards.plan import DashboardPlan
    from telemetry.text import Language

_LINKS = Text("其他看板", "Other dashboards")


def build_dashboards(plan: DashboardPlan, language: Language) -> tuple[Dashboard, ...]:
    """All dashboards of a city in one language; a page without points is left out."""
    sheet = Sheet(plan, language)
    works, boosters = SiteKind.WORKS, SiteKind.BOOSTER
    pages = (
        _page(
            sheet,
            "overview",
            Text("城市总览", "City overview"),
            Text("有没有不正常，该看哪里。", "Is anything wrong, and where to look next."),
            overview(sheet),
        ),
        _page(
            sheet,
            "zones",
            Text("压力分区", "Pressure zones"),
            Text("管网最低压力与表前承诺。", "The network's least pressure and the promise made."),
            zones(sheet),
        ),
        _page(
            sheet,
            "works",
            Text("水厂", "Works"),
            Text("各水厂对照，并详看一座。", "All works beside each other, and one in full."),
            stations(sheet, works),
            station_choice(sheet, works),
        ),
        _page(
            sheet,
            "boosters",
            Text("加压站", "Booster stations"),
            Text("各站对照，并详看一座。", "All stations beside each other, and one in full."),
            stations(sheet, boosters),
            station_choice(sheet, boosters),
        ),
        _page(
            sheet,
            "reservoirs",
            Text("水池", "Reservoirs"),
            Text("水位、限值、进出水。", "Levels with their limits, and flows."),
            reservoirs(sheet),
            hours=24,
        ),
        _page(
            sheet,
            "quality",
            Text("水质", "Water quality"),
            Text("在线水质与标准限值。", "Online readings against the standard's limits."),
            quality(sheet),
            hours=24,
        ),
        _page(
            sheet,
            "beyond",
            Text("报警（由读数）", "Alarms, from the readings"),
            Text("何时越过哪一条限值。", "When which limit was passed."),
            beyond(sheet),
            hours=24,
        ),
        _page(
            sheet,
            "health",
            Text("采集健康", "Collectors' health"),
            Text("读数来没来，能不能用。", "Whether readings come, and can be used."),
            health(sheet),
            refresh="5m",
        ),
    )
    return tuple(page for page in pages if page.panels)


def _page(
    sheet: Sheet,
    name: str,
    title: Text,
    description: Text,
    rows: Iterable[Row],
    *choices: Choice,
    hours: int = 6,
    refresh: str = "30s",
) -> Dashboard:
    return Dashboard(
        uid=f"baotu-{name}-{sheet.language.value}",
        title=f"{sheet.say(sheet.plan.title)} · {sheet.say(title)}",
        description=sheet.say(description),
        language=sheet.language.value,
        rows=tuple(row for row in rows if row.panels),
        timezone=sheet.plan.timezone,
        links=sheet.say(_LINKS),
        choices=choices,
        hours=hours,
        refresh=refresh,
    )


def dashboard_files(dashboards: Iterable[Dashboard]) -> dict[str, bytes]:
    """Content of each file, by its name."""
    return {f"{one.uid}.json": dashboard_bytes(one) for one in dashboards}
