"""Messages are journalled before they are sent, and settled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from records.errors import UnknownMessageError
from records.opening import Records, open_records
from records.outbox import OutboxMessage, Outcome

if TYPE_CHECKING:
    from pathlib import Path


def message(id_: str, channel: str = "desk", created_ns: int = 100) -> OutboxMessage:
    return OutboxMessage(id_, channel, f"body of {id_}".encode(), created_ns)


def test_a_message_waits_until_it_is_delivered_A5(file: Path) -> None:
    with open_records(file) as records:
        records.outbox.put([message("m1")])
    with open_records(file) as records:
        assert records.outbox.due("desk", 100, 10) == [message("m1")]
        assert records.outbox.waiting("desk") == 1
        records.outbox.settle("m1", "desk", Outcome.DELIVERED)
        assert records.outbox.due("desk", 10**18, 10) == []
        assert records.outbox.waiting("desk") == 0


def test_the_same_id_is_journalled_once_per_channel_A5(records: Records) -> None:
    assert records.outbox.put([message("m1"), message("m1"), message("m1", "sms")]) == 2
    assert records.outbox.put([message("m1"), message("m2")]) == 1
    assert records.outbox.waiting("desk") == 2
    assert records.outbox.waiting("sms") == 1


def test_a_delivered_message_is_not_sent_again_when_it_is_put_again_A5(records: Records) -> None:
    records.outbox.put([message("m1")])
    records.outbox.settle("m1", "desk", Outcome.DELIVERED)
    assert records.outbox.put([message("m1")]) == 0
    assert records.outbox.waiting("desk") == 0


def test_a_retry_waits_for_its_time_and_counts_A3(records: Records) -> None:
    records.outbox.put([message("m1")])
    records.outbox.settle("m1", "desk", Outcome.RETRY, next_attempt_ns=500, reason="HTTP 500")
    assert records.outbox.due("desk", 499, 10) == []
    assert records.outbox.next_attempt_ns("desk") == 500
    (due,) = records.outbox.due("desk", 500, 10)
    assert due.attempts == 1


def test_a_refused_message_is_given_up(records: Records) -> None:
    records.outbox.put([message("m1")])
    records.outbox.settle("m1", "desk", Outcome.NEVER, reason="HTTP 400")
    assert records.outbox.waiting("desk") == 0
    assert records.outbox.next_attempt_ns("desk") is None


def test_a_settled_message_is_not_settled_twice(records: Records) -> None:
    records.outbox.put([message("m1")])
    records.outbox.settle("m1", "desk", Outcome.DELIVERED)
    with pytest.raises(UnknownMessageError, match="m1"):
        records.outbox.settle("m1", "desk", Outcome.RETRY, next_attempt_ns=1)


def test_the_oldest_goes_first_and_the_limit_holds(records: Records) -> None:
    records.outbox.put([message(f"m{i}", created_ns=100 - i) for i in range(5)])
    assert [m.id for m in records.outbox.due("desk", 200, 3)] == ["m4", "m3", "m2"]


def test_a_clock_set_back_delays_nothing_new_S7(records: Records) -> None:
    records.outbox.put([message("m1", created_ns=1_000)])
    assert [m.id for m in records.outbox.due("desk", 10, 3)] == ["m1"]


def test_a_thousand_messages_at_once_are_one_journal_entry_each_A1(records: Records) -> None:
    many = [message(f"m{i}") for i in range(1_000)]
    assert records.outbox.put(many) == 1_000
    assert records.outbox.put(many) == 0


def test_only_settled_messages_are_forgotten(records: Records) -> None:
    records.outbox.put([message("old"), message("waits"), message("new", created_ns=900)])
    records.outbox.settle("old", "desk", Outcome.DELIVERED)
    records.outbox.settle("new", "desk", Outcome.DELIVERED)
    assert records.outbox.forget(before_ns=500) == 1
    assert records.outbox.waiting("desk") == 1
    assert records.outbox.put([message("new"), message("old")]) == 1


def test_a_body_never_shows_in_a_log_line_H10(records: Records) -> None:
    assert "body" not in repr(message("m1"))
