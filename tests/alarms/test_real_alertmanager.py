"""A real Alertmanager takes our alerts, and what it posts has the shape of what we post."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from alarms.notify.alertmanager import webhook_body
from alarms.notify.alerts import alerts
from alarms.notify.notifier import Alert, Notification
from alarms.notify.webhook import WebhookNotifier
from alarms.settings import Priority
from tests.alarms.control_room import until
from tests.alarms.receiver import Receiver
from tests.alarms.test_alertmanager_body import shape
from tests.alarms.test_notification_outbox import cleared, raised
from tests.alarms.town import rule, views

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.system

CONFIGURATION = """
route: {{receiver: duty, group_by: [alertname], group_wait: 100ms, group_interval: 100ms}}
receivers:
- name: duty
  webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


@asynccontextmanager
async def alertmanager(folder: Path, port: int, receiver: Receiver) -> AsyncIterator[str]:
    """A running Alertmanager that posts to ``receiver``; its address."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    assert program, "Alertmanager is not installed: apt-get install prometheus-alertmanager"
    (folder / "am.yml").write_text(CONFIGURATION.format(url=receiver.url), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'storage'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _until_ready(address)
        yield address
    finally:
        process.terminate()
        await process.wait()


async def _until_ready(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client, asyncio.timeout(30):
        while True:
            try:
                if (await client.get("/-/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def _ours(change: Any) -> Alert:
    (alert,) = alerts(change, views(rule()), Priority.LOW)
    return alert


async def _post(address: str, body: Any) -> httpx.Response:
    sent = [
        {k: v for k, v in alert.items() if k not in ("status", "fingerprint")}
        for alert in body["alerts"]
    ]
    for alert in sent:
        # An end of "never" is left out by whoever posts alerts.
        if alert["endsAt"].startswith("0001"):
            del alert["endsAt"]
    async with httpx.AsyncClient(base_url=address) as client:
        return await client.post("/api/v2/alerts", json=sent)


async def _until_received(receiver: Receiver, count: int) -> None:
    await until(lambda: len(receiver.received) >= count, "Alertmanager has posted")


async def test_alertmanager_takes_our_alerts_and_posts_the_same_body(
    tmp_path: Path, free_port: int
) -> None:
    begin = raised()
    began, ended = _ours(begin), _ours(cleared(begin, 30))
    async with (
        Receiver().listening() as theirs,
        Receiver().listening() as ours,
        alertmanager(tmp_path, free_port, theirs) as address,
    ):
        for count, alert in enumerate((began, ended), 1):
            notification = Notification("n", "low_pressure", (alert,))
            await WebhookNotifier(ours.settings(), address).send(notification)
            answer = await _post(address, webhook_body("duty", notification, address))
            assert answer.status_code == 200, answer.text
            await _until_received(theirs, count)
    for got, expected in zip(ours.received, theirs.received, strict=False):
        assert shape(got.json) == shape(expected.json)
        assert list(got.json) == list(expected.json)
        for key in ("status", "version", "groupKey", "groupLabels", "commonLabels"):
            assert got.json[key] == expected.json[key]
        for one, other in zip(got.json["alerts"], expected.json["alerts"], strict=True):
            for key in ("status", "labels", "annotations", "startsAt", "fingerprint"):
                assert one[key] == other[key]
