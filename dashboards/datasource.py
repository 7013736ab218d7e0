"""The data source that the dashboards ask, as Grafana has it; pure.

InfluxQL mode, POST (the queries of a large city are longer than an address may be), and the
token in a header of its own, which Grafana keeps among its secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UID = "baotu"
NAME = "Baotu"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeriesServer:
    """Where Grafana finds the readings.

    Attributes:
        url: of the server, as Grafana reaches it; ``/query`` is added by Grafana.
        database: ``baotu``, or the database that stands for the bucket.
        scheme: what stands before the token: ``Bearer`` for Baotu, ``Token`` for InfluxDB 2.
    """

    url: str
    database: str = "baotu"
    scheme: str = "Bearer"


def datasource_json(server: SeriesServer, *, with_token: bool) -> Json:
    """The data source without its secret."""
    settings: Json = {"dbName": server.database, "httpMode": "POST", "timeInterval": "1s"}
    if with_token:
        settings["httpHeaderName1"] = "Authorization"
    return {
        "uid": UID,
        "name": NAME,
        "type": "influxdb",
        "access": "proxy",
        "url": server.url,
        "isDefault": False,
        "jsonData": settings,
    }


def secret_json(server: SeriesServer, token: str) -> Json:
    """What is sent beside it and never shown again."""
    return {"httpHeaderValue1": f"{server.scheme} {token}"}
