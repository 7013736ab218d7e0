"""For those who run the service: alive, ready, figures; no login."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, HTTPException, Request, Response

from console.api.answers import Health
from console.context import Here
from console.metrics import CONTENT_TYPE, exposition
from console.problems import described
from console.session import client_address

router = APIRouter(tags=["operations"])


@router.get("/-/healthy")
async def healthy() -> Health:
    """The process answers."""
    return Health(status="healthy")


@router.get("/-/ready", responses={503: {"description": "some part is not ready"}})
async def ready(here: Here, response: Response) -> Health:
    """Every part can do its work; else 503, and which part cannot."""
    found = here.ports.readiness()
    response.status_code = 200 if found.ready else 503
    return Health(status="ready" if found.ready else "not ready", parts=dict(found.parts))


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}},
        **described({403: "asked from another machine"}),
    },
)
async def metrics(request: Request, here: Here) -> Response:
    """Prometheus' text format; for this machine only, unless configured."""
    if not here.settings.public_metrics and not is_loopback(client_address(request)):
        raise HTTPException(
            403, "metrics are for this machine only: set public_metrics to open them to others"
        )
    return Response(exposition(here), media_type=CONTENT_TYPE)


def is_loopback(address: str) -> bool:
    """Whether a client's address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
