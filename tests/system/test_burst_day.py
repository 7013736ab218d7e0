"""A burst from the first falling reading to the cleared alarm, seen from outside."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from config.bundled import example_city
from tests.system.running import RunningService, baotu, missing_samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BURST = """
[[fault]]
at = "PT30M"
for = "PT60M"
kind = "burst"
target = "south_08"
flow_m3h = 2200
"""

ON_DELAY_S = 30.0
POLL_S = 30.0  # 15 city seconds, stretched by the speed of 120

WEBHOOK = """
[[webhook]]
name = "control_room"
url = { env = "CONTROL_ROOM_WEBHOOK" }
allow_private = true
"""


class Receiver:
    """A webhook receiver that keeps every body."""

    def __init__(self) -> None:
        bodies: list[dict[str, Any]] = []
        self.bodies = bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def alerts(self, rule: str, status: str) -> list[dict[str, Any]]:
        return [
            alert
            for body in list(self.bodies)
            for alert in body["alerts"]
            if alert["labels"].get("rule", alert["labels"]["alertname"]) == rule
            and alert["status"] == status
        ]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _city(folder: Path) -> Path:
    shutil.copytree(example_city().parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "city.toml"
    file.write_text(file.read_text() + WEBHOOK)
    (folder / "burst.toml").write_text(BURST)
    return file


def _delay_s(service: RunningService, alarm: dict[str, Any]) -> float:
    """City seconds from the first reading beyond the limit to the alarm."""
    began = datetime.fromisoformat(alarm["since"])
    window = {"from": (began - timedelta(minutes=20)).isoformat(), "to": alarm["since"]}
    rows = service.get("/readings", point=alarm["point"], **window)["rows"]
    # The alarm's value is the pressure before the meter; the rows are what the node reads.
    limit_at_node = alarm["limit"] + rows[-1][1] - alarm["value"]
    calm = [time for time, value, _ in rows if value >= limit_at_node + 0.005]
    first_low = next(time for time, _, _ in rows if time > calm[-1])
    return _seconds(alarm["since"], first_low)


def _seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@pytest.mark.system
@pytest.mark.timeout(170)
def test_burst_rings_is_announced_acknowledged_and_clears_after_repair(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTROL_ROOM_WEBHOOK", receiver.url)
    file = _city(tmp_path / "city")
    options = ("--city", str(file), "--script", str(file.parent / "burst.toml"))
    with baotu("demo", *options, "--port", "0", "--speed", "120", folder=tmp_path) as service:

        def rings() -> dict[str, Any] | None:
            alarms = service.get("/alarms", state="active")["items"]
            found = [a for a in alarms if a["rule"] == "before_meter_low"]
            return next(iter(found), None)

        alarm = service.wait(rings, "the burst rings before the meter", 90)
        point = alarm["point"]
        assert point.startswith("south_")
        assert alarm["state"] == "active_unacknowledged"
        assert alarm["value"] < alarm["limit"]

        assert _delay_s(service, alarm) <= ON_DELAY_S + 2 * POLL_S

        assert service.wait(
            lambda: receiver.alerts("before_meter_low", "firing"), "the webhook hears", 20
        )

        answer = service.http.post(
            f"/alarms/{alarm['id']}/acknowledge",
            json={"note": "crew on its way", "version": alarm["version"]},
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["acknowledged_by"] == "demo"

        late = service.http.post(
            f"/alarms/{alarm['id']}/acknowledge",
            json={"note": "me too", "version": alarm["version"]},
        )
        assert late.status_code == 409

        def cleared() -> dict[str, Any] | None:
            alarms = service.get("/alarms", state="all", limit=1000)["items"]
            return next((a for a in alarms if a["id"] == alarm["id"] and a["cleared_at"]), None)

        done = service.wait(cleared, "the alarm clears after the repair", 90)
        assert done["state"] == "normal"
        assert service.wait(
            lambda: receiver.alerts("before_meter_low", "resolved"), "the end is announced", 20
        )

        rows = service.get(
            "/readings", point=point, **{"from": alarm["since"], "to": done["cleared_at"]}
        )["rows"]
        assert len(rows) > 100, "every poll of the spell is kept"
        assert all(quality == "good" for _, _, quality in rows)
        assert missing_samples(service) == {}
        assert service.stop() == 0
