"""The pages a person sees after the login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from alarms.acknowledgement import Acknowledged
from console.context import Console, Here, console_of
from console.pages.accounts import REASONS, accounts, history_lines
from console.pages.alarms import AlarmLine, Sort, alarm_line, in_order
from console.pages.cells import Moment
from console.pages.devices import device_lines
from console.pages.overview import overview
from console.pages.trends import RANGES_S, choice, gap_table, table_rows, table_stretches
from console.past import Past
from console.rendering import Renderer
from console.session import entrance_of, require_same_origin
from records.access import Identity, Role
from records.alarm_rows import AlarmFilter
from telemetry.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarms.view import AlarmView

router = APIRouter(include_in_schema=False)
_LIST_LIMIT = 300
_BANNER_LINES = 3


class LoginNeededError(Exception):
    """A page was asked for without a login; answered by the way to the login page."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


async def reader(request: Request) -> Identity:
    """Who reads the page.

    Raises:
        LoginNeededError: nobody is logged in.
    """
    found = await entrance_of(request).identify(request)
    if found is None:
        query = f"?{request.url.query}" if request.url.query else ""
        raise LoginNeededError(request.url.path + query)
    return found


def to_login(_: Request, error: Exception) -> Response:
    """The answer to :class:`LoginNeededError`."""
    wanted = error.wanted if isinstance(error, LoginNeededError) else "/"
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)


def renderer_of(request: Request) -> Renderer:
    """The renderer behind a request."""
    return Renderer(console_of(request), request.app.state.templates)


Reader = Annotated[Identity, Depends(reader)]
Pages = Annotated[Renderer, Depends(renderer_of)]


@router.get("/")
async def overview_page(request: Request, here: Here, who: Reader, pages: Pages) -> HTMLResponse:
    """The whole city on one screen."""
    wording = pages.wording(request)
    moment = Moment(here.ports.plan, here.shown(), here.board.marks(), wording)
    city = overview(moment, here.layouts[wording.language])
    urgent = [alarm for alarm in here.board.alarms() if not alarm.state.acknowledged]
    lines = _lines(here, urgent[:_BANNER_LINES], request, pages)
    return pages.page(request, "overview.html", who, city=city, urgent=lines)


@router.get("/trends")
async def trends_page(
    *,
    request: Request,
    here: Here,
    who: Reader,
    pages: Pages,
    point: Annotated[list[str] | None, Query()] = None,
    span: Annotated[str, Query(alias="range")] = "",
) -> HTMLResponse:
    """One to five points over time, as a chart and as a table."""
    table, now_ns = here.ports.plan.points, here.ports.clock.now()
    chosen = choice(table, point or (), span)
    wording = pages.wording(request)
    stretches = table_stretches(table, chosen, now_ns)
    try:
        answers = [await here.ports.store.query(stretch.columns) for stretch in stretches]
    except AdapterError as error:
        # A person reads this page, so the answer is a page and not the API's problem.
        return pages.page(request, "away.html", who, 503, reason=str(error))
    pasts = [Past(*each) for each in zip(stretches, answers, strict=True)]
    return pages.page(
        request,
        "trends.html",
        who,
        chosen=chosen,
        rows=table_rows(chosen.points, answers, wording),
        gaps=gap_table(pasts, now_ns, wording),
        ranges=list(RANGES_S),
        plan=here.ports.plan,
    )


@router.get("/alarms")
async def alarms_page(
    *,
    request: Request,
    here: Here,
    who: Reader,
    pages: Pages,
    state: AlarmFilter = AlarmFilter.UNACKNOWLEDGED,
    sort: Sort = Sort.PRIORITY,
) -> HTMLResponse:
    """The alarm list."""
    page = await here.ports.alarms.list(state, _LIST_LIMIT)
    lines = _lines(here, in_order(page.items, sort), request, pages)
    return pages.page(
        request, "alarms.html", who, lines=lines, state=state, sort=sort, more=page.next is not None
    )


@router.get("/alarms/{alarm_id}")
async def alarm_page(
    request: Request, here: Here, who: Reader, pages: Pages, alarm_id: str
) -> HTMLResponse:
    """One alarm with its form, for browsers without scripts and for links in messages."""
    alarm = await here.ports.alarms.get(alarm_id)
    [line] = _lines(here, [alarm], request, pages)
    return pages.page(request, "alarm.html", who, line=line, note="", message="")


@router.post("/alarms/{alarm_id}")
async def acknowledge_by_form(
    *,
    request: Request,
    here: Here,
    who: Reader,
    pages: Pages,
    alarm_id: str,
    version: Annotated[int, Form(ge=1)],
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Acknowledge without scripts."""
    require_same_origin(request)
    message, status = "alarm.viewer", 403
    if who.role.may(Role.OPERATOR):
        answer = await here.ports.alarms.acknowledge(
            alarm_id, version=version, user=who.name, note=note or None
        )
        if isinstance(answer, Acknowledged):
            return RedirectResponse("/alarms", 303)
        message, status = "alarm.conflict", 409
    [line] = _lines(here, [await here.ports.alarms.get(alarm_id)], request, pages)
    return pages.page(request, "alarm.html", who, status, line=line, note=note, message=message)


@router.get("/devices")
async def devices_page(request: Request, here: Here, who: Reader, pages: Pages) -> HTMLResponse:
    """Does everything answer."""
    now_ns, wording = here.ports.clock.now(), pages.wording(request)
    lines = device_lines(here.ports.devices(), now_ns, wording)
    return pages.page(request, "devices.html", who, devices=lines)


@router.get("/accounts")
async def accounts_page(request: Request, here: Here, who: Reader, pages: Pages) -> HTMLResponse:
    """Is anything lost, and how do journal and stores stand."""
    now_ns, wording = here.ports.clock.now(), pages.wording(request)
    return pages.page(
        request,
        "accounts.html",
        who,
        accounts=accounts(here.ports.accounting.figures(), wording),
        history=history_lines(here.ports.history(), now_ns, wording),
        reasons=REASONS,
    )


def _lines(
    here: Console, alarms: Iterable[AlarmView], request: Request, pages: Renderer
) -> list[AlarmLine]:
    wording = pages.wording(request)
    return [alarm_line(alarm, here.ports.plan, wording) for alarm in alarms]
