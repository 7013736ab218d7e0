"""The three dialects of InfluxDB: where each takes lines and questions, and how we say who asks.

All three answer InfluxQL over ``/query``. Version 2 needs a mapping of database and retention
policy to the bucket for that, which ``baotu store init`` makes. Passwords and tokens travel in
a header, never in an address, because addresses stand in access logs.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping

    from historian.settings import InfluxSettings

DEFAULT_POLICY = "autogen"
"""What InfluxDB 1.x calls the retention policy that a new database has."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How to talk to one server.

    Attributes:
        write_path, write_params: where lines are posted.
        query_path, query_params: where questions are asked, but for the question itself.
        headers: say who asks.
    """

    write_path: str
    write_params: Mapping[str, str]
    query_path: str
    query_params: Mapping[str, str]
    headers: Mapping[str, str]


def endpoint(settings: InfluxSettings) -> Endpoint:
    """How to talk to the server of ``settings``."""
    path, params = _writing(settings)
    return Endpoint(
        write_path=path,
        write_params={**{key: text for key, text in params.items() if text}, "precision": "ns"},
        query_path="/query",
        query_params={"db": settings.bucket, "epoch": "ns"},
        headers=_identity(settings),
    )


def _writing(settings: InfluxSettings) -> tuple[str, dict[str, str]]:
    match settings.dialect:
        case "v2":
            return "/api/v2/write", {"org": settings.org, "bucket": settings.bucket}
        case "v1":
            return "/write", {"db": settings.bucket, "rp": settings.retention_policy}
        case "v3":
            return "/api/v2/write", {"bucket": settings.bucket}
        case _:
            assert_never(settings.dialect)


def _identity(settings: InfluxSettings) -> dict[str, str]:
    match settings.dialect:
        case "v2":
            return {"Authorization": f"Token {settings.token}"} if settings.token else {}
        case "v1":
            if not settings.user:
                return {}
            pair = b64encode(f"{settings.user}:{settings.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        case "v3":
            return {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        case _:
            assert_never(settings.dialect)


def source(settings: InfluxSettings, measurement: str) -> str:
    """The ``FROM`` of a question about one measurement."""
    policy = settings.retention_policy if settings.dialect == "v1" else ""
    return f"{identifier(policy)}.{identifier(measurement)}" if policy else identifier(measurement)


def identifier(name: str) -> str:
    """A name as InfluxQL writes it."""
    return '"' + _escaped(name).replace('"', '\\"') + '"'


def literal(text: str) -> str:
    """A text as InfluxQL writes it."""
    return "'" + _escaped(text).replace("'", "\\'") + "'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
