"""The demo with an InfluxDB as its only store: refused, mended, away, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.system.influx import POINT, InfluxServer, city_with, command, newest_ns, sink
from tests.system.running import RunningService, baotu, missing_samples

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.system, pytest.mark.timeout(170)]

SETTINGS = """
[historian]
store = "influxdb"

[historian.influxdb]
url = "{url}"
dialect = "v1"
bucket = "alone"
"""
ALWAYS = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


def latest(service: RunningService, point: str) -> dict[str, Any]:
    """What the page shows of a point now."""
    found: dict[str, Any] = service.get("/latest", point=point)["items"][0]
    return found


def a_meter(service: RunningService) -> dict[str, Any] | None:
    """A meter that has sent something."""
    meters = service.get("/latest", prefix="meters.")["items"]
    return next((one for one in meters if one["value"] is not None), None)


def refusal(service: RunningService) -> str:
    """Why the only store is refused; the empty string where it is not."""
    found = sink(service, "influxdb")
    return found["reason"] if found["condition"] == "refused" else ""


def test_a_city_that_keeps_its_readings_in_an_influxdb_only(tmp_path: Path) -> None:
    influx = InfluxServer(tmp_path / "influxd")
    city = city_with(tmp_path, SETTINGS.format(url=influx.url))
    asked = ("demo", "--city", str(city / "city.toml"), "--port", "0", "--speed", "60")
    influx.start()
    try:
        with baotu(*asked, folder=tmp_path / "demo") as service:
            _live_without_a_database(service, city)
            _readings_flow_once_it_is_made(service, city)
            _everything_is_answered_from_it(service)
            before = service.wait(lambda: a_meter(service), "a meter has sent", 60)
            influx.stop()
            assert service.stop() == 0
        with baotu(*asked, folder=tmp_path / "demo") as service:
            _live_while_it_is_away(service)
            influx.start()
            _the_past_is_known_again(service, before)
    finally:
        influx.stop()


def _live_without_a_database(service: RunningService, city: Path) -> None:
    sentence = service.wait(lambda: refusal(service), "the missing database is said", 20)
    assert "has no database 'alone'" in sentence
    assert "`baotu store init`" in sentence
    service.wait(lambda: latest(service, POINT)["value"], "live values are shown", 20)
    ready = httpx.get(f"{service.address}/-/ready")
    assert ready.status_code == 503
    assert ready.json()["parts"]["store:influxdb"] == sentence
    past = service.http.get("/readings", params={"point": POINT, **ALWAYS})
    assert past.status_code == 503
    assert "database not found" in past.json()["detail"]
    checked = command("store", "check", str(city))
    assert checked.returncode == 1
    assert checked.stderr.startswith("write: ")
    assert "has no database 'alone'" in checked.stderr


def _readings_flow_once_it_is_made(service: RunningService, city: Path) -> None:
    assert missing_samples(service) == {}
    assert command("store", "init", str(city)).returncode == 0
    assert command("store", "check", str(city)).returncode == 0
    service.wait(lambda: sink(service, "influxdb")["condition"] == "ok", "readings flow", 20)
    service.wait(lambda: sink(service, "influxdb")["waiting"] < 2_000, "all of them", 20)
    assert httpx.get(f"{service.address}/-/ready").status_code == 200
    account = service.get("/accounting")["store:influxdb"]
    assert account["stored"] > 0
    assert account["rejected"] == account["dropped"] == {}
    assert missing_samples(service) == {}


def _everything_is_answered_from_it(service: RunningService) -> None:
    assert newest_ns(service) > 0
    rows = service.get("/readings", point=POINT, **ALWAYS)["rows"]
    assert len(rows) > 5
    assert all(quality == "good" for _, _, quality in rows)
    for page in ("/", f"/trends?point={POINT}", "/devices"):
        assert service.http.get(f"{service.address}{page}").status_code in {200, 303}
    assert service.get("/alarms", state="all", limit=1).keys() == {"items", "next"}


def _live_while_it_is_away(service: RunningService) -> None:
    service.wait(lambda: latest(service, POINT)["value"], "live values are shown", 20)
    found = sink(service, "influxdb")
    assert found["condition"] == "retrying"
    assert "cannot be reached" in found["reason"]
    assert httpx.get(f"{service.address}/-/ready").status_code == 200


def _the_past_is_known_again(service: RunningService, before: dict[str, Any]) -> None:
    """A meter sends once in hours, so what is shown of it soon is what the store remembers."""
    service.wait(
        lambda: latest(service, before["point"])["value"], "what was sent before is shown", 40
    )
    assert latest(service, before["point"])["time"] >= before["time"]
    service.wait(lambda: sink(service, "influxdb")["condition"] == "ok", "readings flow", 40)
    assert missing_samples(service) == {}
