"""What a server's answer means for the lines that were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from historian.influx.verdicts import (
    Accepted,
    Answer,
    Expired,
    NoAnswer,
    Refused,
    TooLarge,
    Wait,
    judge,
    message_of,
    retry_after_s,
)
from historian.settings import InfluxSettings
from tests.historian.making import NOON

if TYPE_CHECKING:
    from historian.influx.verdicts import Verdict

V2 = InfluxSettings(url="http://db:8086", org="water", token="t")
V1 = InfluxSettings(url="http://db:8086", dialect="v1", user="u", password="p")


def judged(status: int, body: str = "", settings: InfluxSettings = V2, **headers: str) -> Verdict:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return judge(settings, Answer(status, named, body.encode()), NOON)


def wait(verdict: Verdict) -> Wait:
    assert isinstance(verdict, Wait)
    return verdict


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_2xx_acknowledges_everything(status: int) -> None:
    assert judged(status) == Accepted()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (
            400,
            '{"error":"unable to parse \'m value=x\': invalid number"}',
            Refused("unable to parse 'm value=x': invalid number", 0),
        ),
        (
            400,
            '{"code":"invalid","message":"partial write: field type conflict dropped=7"}',
            Refused("partial write: field type conflict dropped=7", 7),
        ),
        (422, '{"error":"partial write: points beyond retention policy dropped=12"}', Expired(12)),
        (400, '{"error":"partial write: points beyond retention policy dropped=3"}', Expired(3)),
        (413, "", TooLarge()),
        (400, "not json", Refused("not json", 0)),
        (400, "[1]", Refused("[1]", 0)),
    ],
)
def test_what_is_the_lines_own_fault(status: int, body: str, verdict: Any) -> None:
    assert judged(status, body) == verdict


def test_the_count_at_the_end_of_a_long_message_is_not_lost() -> None:
    verdict = judged(400, '{"error":"partial write: ' + "x" * 5000 + ' dropped=41"}')
    assert isinstance(verdict, Refused)
    assert verdict.dropped == 41
    assert len(verdict.message) < 400


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_named_and_not_tried_at_once_again(status: int) -> None:
    verdict = wait(judged(status, '{"message":"unauthorized access"}'))
    assert verdict.pause_s is not None
    assert verdict.pause_s >= 60
    assert "token that may read and write 'baotu'" in verdict.sentence
    assert "unauthorized access" in verdict.sentence


def test_version_1_is_asked_for_user_and_password_instead() -> None:
    assert "user and password" in wait(judged(401, "", V1)).sentence


@pytest.mark.parametrize(
    ("settings", "body", "hint"),
    [
        (V2, '{"message":"bucket \\"baotu\\" not found"}', "no bucket 'baotu'"),
        (V1, '{"error":"database not found: \\"baotu\\""}', "no database 'baotu'"),
    ],
)
def test_a_missing_bucket_names_the_command_that_makes_it(
    settings: InfluxSettings, body: str, hint: str
) -> None:
    verdict = wait(judged(404, body, settings))
    assert hint in verdict.sentence
    assert "baotu store init" in verdict.sentence


def test_a_server_of_another_dialect_is_recognised() -> None:
    assert "set dialect" in wait(judged(404, "404 page not found\n")).sentence


@pytest.mark.parametrize("status", [302, 405, 418])
def test_a_strange_answer_throws_nothing_away(status: int) -> None:
    assert "is it an InfluxDB?" in wait(judged(status)).sentence


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_busy_server_is_tried_later(status: int) -> None:
    assert wait(judged(status)).pause_s is None
    assert wait(judged(status, retry_after="7")).pause_s == 7


def test_no_answer_is_tried_later() -> None:
    verdict = wait(judge(V2, NoAnswer("connection refused"), NOON))
    words = "http://db:8086 cannot be reached: connection refused"
    assert verdict == Wait(f"{words}; readings wait in the journal meanwhile", None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("99999", 600.0),
        ("Thu, 01 Jan 2026 12:00:45 GMT", 45.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 20:00:00 +0800", 0.0),
        ("Fri, 02 Jan 2026 12:00:00 GMT", 600.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Thu, 99 Jan 2026 99:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, NOON) == seconds


def test_a_date_without_zone_is_utc() -> None:
    assert retry_after_s("Thu, 01 Jan 2026 12:00:09 -0000", NOON) == 9


def test_a_message_is_one_line() -> None:
    assert message_of(Answer(400, {}, b'{"error":"a\\n  b"}')) == "a b"


def test_secrets_are_not_in_sentences() -> None:
    secret = InfluxSettings(url="http://db", token="hunter2")
    for status in (401, 404, 418, 503):
        assert "hunter2" not in wait(judged(status, "", secret)).sentence
