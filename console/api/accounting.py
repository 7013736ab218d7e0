"""``/accounting`` and ``/devices``: is anything lost, and does everything answer."""

from __future__ import annotations

from fastapi import APIRouter

from console.api.answers import DeviceItem, DeviceList, PathItem
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
