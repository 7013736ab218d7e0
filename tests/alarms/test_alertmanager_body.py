"""What stands in the body that receivers get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alarms.alarm import change
from alarms.notify.alertmanager import encode, fingerprint, rfc3339, webhook_body
from alarms.notify.alerts import alerts
from alarms.notify.notifier import Alert, Notification
from alarms.settings import Priority
from records.alarm_rows import AlarmEvent, AlarmRow, AlarmState, AlarmTransition
from tests.alarms.town import START_NS, at, rule, views

SAMPLE = Path(__file__).parents[1] / "cases" / "alarms" / "alertmanager-0.25.json"
RULE = rule(low_low={"value": 0.14, "priority": "high"})


def shape(value: Any) -> Any:
    """Keys and types, without what the keys of free maps are."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__


def test_body_is_that_of_alertmanager() -> None:
    theirs = json.loads(SAMPLE.read_text(encoding="utf-8"))
    (sent,) = theirs["alerts"]
    alert = Alert("id", sent["labels"], sent["annotations"], START_NS)
    body = webhook_body(theirs["receiver"], Notification("n", "pressure", (alert,)), "http://vm:9")
    ours = json.loads(encode(body))
    assert shape(ours) == shape(theirs)
    assert list(ours) == list(theirs)
    assert list(ours["alerts"][0]) == list(sent)
    for key in ("version", "status", "groupKey", "truncatedAlerts", "groupLabels", "commonLabels"):
        assert ours[key] == theirs[key]
    assert ours["alerts"][0]["fingerprint"] == sent["fingerprint"]
    assert ours["alerts"][0]["endsAt"] == sent["endsAt"]


def test_common_labels_are_those_that_all_alerts_share() -> None:
    pair = (
        Alert("1", {"alertname": "x", "site": "a", "zone": "z"}, {"unit": "m"}, at(0)),
        Alert(
            "2", {"alertname": "x", "site": "b", "zone": "z"}, {"unit": "m", "limit": "1"}, at(0)
        ),
    )
    body = webhook_body("r", Notification("n", "x", pair), "")
    assert body["commonLabels"] == {"alertname": "x", "zone": "z"}
    assert body["commonAnnotations"] == {"unit": "m"}


def test_body_is_resolved_when_nothing_in_it_lasts() -> None:
    gone = Alert("1", {"alertname": "x"}, {}, at(0), at(1))
    lasts = Alert("2", {"alertname": "x"}, {}, at(0))
    assert webhook_body("r", Notification("n", "x", (gone,)), "")["status"] == "resolved"
    mixed = webhook_body("r", Notification("n", "x", (gone, lasts)), "")
    assert mixed["status"] == "firing"
    assert [alert["status"] for alert in mixed["alerts"]] == ["resolved", "firing"]


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_767_225_600_000_000_000, "2026-01-01T00:00:00Z"),
        (1_767_225_600_250_000_000, "2026-01-01T00:00:00.25Z"),
        (1_767_225_600_000_000_001, "2026-01-01T00:00:00.000000001Z"),
    ],
)
def test_times_are_written_as_go_writes_them(time_ns: int, text: str) -> None:
    assert rfc3339(time_ns) == text


def test_fingerprint_does_not_depend_on_the_order() -> None:
    assert fingerprint({"b": "2", "a": "1"}) == fingerprint({"a": "1", "b": "2"})
    assert fingerprint({"a": "12"}) != fingerprint({"a1": "2"})


# -- from transitions to alerts


def _transition(event: AlarmEvent, state: AlarmState, **changes: Any) -> AlarmTransition:
    given: dict[str, Any] = {
        "alarm_id": "abc",
        "version": 1,
        "time_ns": at(0),
        "rule": "low_pressure",
        "point": "n1.pressure",
        "level": "low",
        "priority": 3,
        "event": event,
        "state": state,
        "value": 0.16,
        "limit": 0.18,
    }
    return AlarmTransition(**(given | changes))


def _raised() -> AlarmRow:
    return change(_transition(AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED), None).after


def _alerts(
    event: AlarmEvent,
    state: AlarmState,
    before: AlarmRow | None,
    least: Priority = Priority.LOW,
    **changes: Any,
) -> list[Alert]:
    return list(alerts(change(_transition(event, state, **changes), before), views(RULE), least))


def test_alert_tells_where_what_and_what_to_do() -> None:
    (alert,) = _alerts(AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, None)
    assert alert.labels == {
        "alertname": "low_pressure",
        "severity": "medium",
        "level": "low",
        "point": "n1.pressure",
        "site": "n1",
        "zone": "south",
    }
    assert alert.annotations["summary"] == "测压点n1点n1.pressure压力0.160MPa"
    assert alert.annotations["summary_en"] == "Node n1: 0.160 MPa < 0.180"
    assert alert.annotations["description_en"] == "Look at Node n1"
    assert (alert.starts_ns, alert.ends_ns) == (at(0), None)


def test_change_of_level_ends_one_alert_and_begins_another() -> None:
    ended, begun = _alerts(
        AlarmEvent.LEVEL_CHANGED,
        AlarmState.ACTIVE_UNACKNOWLEDGED,
        _raised(),
        version=2,
        time_ns=at(9),
        level="low_low",
        priority=2,
    )
    assert (ended.labels["level"], ended.ends_ns) == ("low", at(9))
    assert (begun.labels["level"], begun.ends_ns) == ("low_low", None)
    assert ended.id < begun.id
    (first,) = _alerts(AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, None)
    assert fingerprint(ended.labels) == fingerprint(first.labels)


@pytest.mark.parametrize("event", [AlarmEvent.CLEARED, AlarmEvent.RETIRED])
def test_end_is_told_with_the_same_labels(event: AlarmEvent) -> None:
    (alert,) = _alerts(event, AlarmState.NORMAL, _raised(), version=2, time_ns=at(9), value=0.3)
    (first,) = _alerts(AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, None)
    assert alert.labels == first.labels
    assert (alert.starts_ns, alert.ends_ns) == (at(0), at(9))


@pytest.mark.parametrize("event", [AlarmEvent.ACKNOWLEDGED, AlarmEvent.LOST, AlarmEvent.REGAINED])
def test_other_events_are_not_announced(event: AlarmEvent) -> None:
    assert _alerts(event, AlarmState.ACTIVE_ACKNOWLEDGED, _raised(), version=2) == []


def test_retiring_what_had_ended_is_not_announced_twice() -> None:
    cleared = change(
        _transition(AlarmEvent.CLEARED, AlarmState.CLEARED_UNACKNOWLEDGED, version=2), _raised()
    ).after
    assert _alerts(AlarmEvent.RETIRED, AlarmState.NORMAL, cleared, version=3) == []


def test_less_urgent_alarms_are_not_sent() -> None:
    raised = (AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, None)
    assert _alerts(*raised, least=Priority.HIGH) == []
    assert len(_alerts(*raised, least=Priority.MEDIUM)) == 1
