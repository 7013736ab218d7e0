"""``/accounting``, ``/history`` and ``/devices``: is anything lost, does everything answer."""

from __future__ import annotations

from fastapi import APIRouter

from console.api.answers import DeviceItem, DeviceList, History, PathItem, SinkItem
from console.api.times import iso
from console.context import Here
from console.session import Viewer

router = APIRouter(tags=["service"])


@router.get("/accounting")
async def accounting(here: Here, _: Viewer) -> dict[str, PathItem]:
    """Per path, in samples: received = stored + buffered + rejected + dropped."""
    return {
        name: PathItem(
            received=path.received,
            stored=path.stored,
            buffered=path.buffered,
            rejected=dict(path.rejected),
            dropped=dict(path.dropped),
        )
        for name, path in here.ports.accounting.figures().items()
    }


@router.get("/history")
async def history(here: Here, _: Viewer) -> History:
    """How the journal and the stores behind it stand."""
    state = here.ports.history()
    return History(
        journal_bytes=state.journal_bytes,
        journal_most_bytes=state.journal_most_bytes,
        seconds_left=state.seconds_left,
        soon_full=state.soon_full,
        reserve_whole=state.reserve_whole,
        stored_bytes=state.stored_bytes,
        segments=state.segments,
        quarantined=state.quarantined,
        sinks=[
            SinkItem(
                name=sink.name,
                condition=sink.condition.value,
                reason=sink.reason,
                waiting=sink.waiting,
                behind_s=sink.behind_s,
            )
            for sink in state.sinks
        ],
        backup=iso(state.backup_ns, here.ports.plan.timezone),
    )


@router.get("/devices")
async def devices(here: Here, _: Viewer) -> DeviceList:
    """How each device answers."""
    timezone = here.ports.plan.timezone
    return DeviceList(
        items=[
            DeviceItem(
                name=d.name,
                protocol=d.protocol,
                address=d.address,
                connected=d.connected,
                points=d.points,
                last=iso(d.last_ns, timezone),
                errors=dict(d.errors),
                skipped=d.skipped,
                reason=d.reason,
            )
            for d in here.ports.devices()
        ]
    )
