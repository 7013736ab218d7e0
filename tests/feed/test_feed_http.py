"""What the public may ask, and what it is answered."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.app import MOST_DAYS, preferred_language
from feed.assets import browser_files
from feed.errors import FeedFolderError
from feed.gate import CONTENT_SECURITY_POLICY
from feed.published import Withheld
from feed.rate import RateLimiter
from feed.serving import Look
from feed.shape import Latest
from telemetry.kinds import Kind
from telemetry.text import Language
from tests.feed.conftest import Desk
from tests.feed.town import CANARY, Town

if TYPE_CHECKING:
    import httpx

DOCUMENTS = (
    "/",
    "/zh",
    "/en",
    "/v1/latest.json",
    "/v1/latest.csv",
    "/v1/meta.json",
    "/v1/days",
    "/v1/days/2026-11-24.json",
    "/v1/days/2026-11-24.csv",
)


async def test_the_newest_values_are_answered_as_published(
    client: httpx.AsyncClient, town: Town
) -> None:
    answer = await client.get("/v1/latest.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == (town.folder / "latest.json").read_bytes()
    table = await client.get("/v1/latest.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content == (town.folder / "latest.csv").read_bytes()


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_an_unchanged_document_is_not_sent_again(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(path)
    assert first.status_code == 200
    same = await client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    assert same.headers["cache-control"] == first.headers["cache-control"]
    since = await client.get(path, headers={"If-Modified-Since": first.headers["last-modified"]})
    assert since.status_code == 304
    older = await client.get(path, headers={"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"})
    assert older.status_code == 200
    # The tag decides where both are given (RFC 9110, 13.2.2).
    both = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["last-modified"]}
    assert (await client.get(path, headers=both)).status_code == 200
    nonsense = await client.get(path, headers={"If-Modified-Since": "yesterday"})
    assert nonsense.status_code == 200


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_every_document_may_be_kept_and_is_compressed_on_request(
    client: httpx.AsyncClient, path: str
) -> None:
    plain = await client.get(path)
    assert plain.headers["cache-control"].startswith("public, max-age=")
    assert "Accept-Encoding" in plain.headers["vary"]
    async with client.stream("GET", path, headers={"Accept-Encoding": "br, gzip;q=0.8"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    if len(plain.content) < 1_024:
        assert raw == plain.content
        return
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert gzip.decompress(raw) == plain.content
    refused = await client.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_head_says_what_get_would_send(client: httpx.AsyncClient) -> None:
    for path in (*DOCUMENTS, "/v1/stream"):
        answer = await client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
    plain = await client.get("/v1/latest.json")
    head = await client.head("/v1/latest.json")
    assert head.headers["content-length"] == plain.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
async def test_nothing_can_be_written(client: httpx.AsyncClient, method: str) -> None:
    for path in ("/", "/v1/latest.json", "/v1/nothing"):
        answer = await client.request(method, path, content=b"x")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_any_site_may_read_and_none_may_frame_or_script_H6(client: httpx.AsyncClient) -> None:
    for path in (*DOCUMENTS, "/v1/nothing"):
        answer = await client.get(path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "set-cookie" not in answer.headers
    asked = await client.options("/v1/latest.json", headers={"Origin": "https://news.example"})
    assert asked.status_code == 204
    assert "GET" in asked.headers["access-control-allow-methods"]
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_a_district_named_like_markup_is_text_on_the_page_H6(desk: Desk) -> None:
    latest = Latest.model_validate_json((desk.town.folder / "latest.json").read_bytes())
    evil = latest.districts[0].title.model_copy(update={"en": "<script>alert(1)</script>"})
    districts = (latest.districts[0].model_copy(update={"title": evil}), *latest.districts[1:])
    changed = latest.model_copy(update={"districts": districts})
    (desk.town.folder / "latest.json").write_bytes(changed.as_json())
    assert desk.refresh()
    async with desk.client() as client:
        page = (await client.get("/en")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_what_a_newer_publisher_adds_is_shown_by_its_own_words(desk: Desk) -> None:
    folder = desk.town.folder
    for name, changes in {
        "latest.json": {'"kind":"turbidity"': '"kind":"radon","later":1'},
        "meta.json": {
            '"name":"turbidity","title":{"zh":"浑浊度","en":"Turbidity"}': (
                '"name":"radon","title":{"zh":"氡","en":"Radon"}'
            )
        },
    }.items():
        text = (folder / name).read_text("utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text, "utf-8")
    assert desk.refresh()
    async with desk.client() as client:
        assert "氡" in (await client.get("/zh")).text
        assert "radon" in (await client.get("/v1/latest.csv")).text


async def test_a_document_of_another_version_is_not_taken_for_this_one(desk: Desk) -> None:
    file = desk.town.folder / "latest.json"
    file.write_bytes(file.read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(FeedFolderError, match="no document of the feed: at version"):
        desk.refresh()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/days/..%2f..%2fetc%2fpasswd",
        "/v1/days/%2e%2e/%2e%2e/etc/passwd",
        "/v1/days/2026-11-24.json%00",
        "/v1/days/2026-11-24.json.new",
        "/v1/days/2026-11-25.json",
        "/v1/days/0001-01-01.json",
        "/v1/days/latest.json",
        "/v1/days/meta.json",
        "/assets/x/..%2f..%2fsettings.py",
        "/assets/../settings.py",
        "/..%2f..%2fetc%2fpasswd",
        "/v1/nothing",
        "/fr",
    ],
)
async def test_only_what_is_listed_can_be_had_H5(client: httpx.AsyncClient, path: str) -> None:
    url = client.base_url.copy_with(raw_path=path.encode())
    answer = await client.get(url)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["", "?limit=3", "?$top=1000000000", "?$expand=a($expand=b)"])
async def test_a_page_of_days_is_never_longer_than_its_limit_H7(desk: Desk, query: str) -> None:
    for number in range(1, 29):
        for month in range(1, 9):
            (desk.town.folder / f"2026-{month:02}-{number:02}.json").write_bytes(b"{}")
    (desk.town.folder / "latest.json").touch()
    assert desk.refresh()
    async with desk.client() as client:
        page = (await client.get(f"/v1/days{query}")).json()
        limit = 3 if "limit=3" in query else 31
        assert len(page["days"]) == limit
        assert page["days"][0]["day"] == "2026-11-24"
        assert page["days"][0]["complete"] is False
        assert page["days"][1]["complete"] is True
        seen = [day["day"] for day in page["days"]]
        while page["next"]:
            page = (await client.get(page["next"])).json()
            assert 0 < len(page["days"]) <= limit
            seen += [day["day"] for day in page["days"]]
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 8 * 28 + 1


@pytest.mark.parametrize(
    "query",
    ["limit=0", f"limit={MOST_DAYS + 1}", "limit=1000000000", "limit=-1", "limit=٣", "before=x"],
)
async def test_a_page_limit_that_is_none_is_refused_with_a_sentence_H7(
    client: httpx.AsyncClient, query: str
) -> None:
    answer = await client.get(f"/v1/days?{query}")
    assert answer.status_code == 400
    assert "must be" in answer.json()["detail"]


async def test_parameters_that_others_add_to_a_link_change_nothing(
    client: httpx.AsyncClient,
) -> None:
    shared = await client.get("/?from=singlemessage&utm_source=x")
    assert shared.content == (await client.get("/")).content


async def test_too_many_requests_of_one_address_are_told_when_to_come_back_H7(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(town.clock.now())
    desk = Desk(town, per_minute=3)
    desk.refresh()
    async with desk.client("198.51.100.1") as flood, desk.client("198.51.100.2") as other:
        answers = [await flood.get("/v1/latest.json") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in answers[:4]] == list("2100")
        refused = answers[-1]
        assert refused.headers["ratelimit-limit"] == "3"
        assert refused.headers["access-control-allow-origin"] == "*"
        assert (await other.get("/v1/latest.json")).status_code == 200
        await town.clock.advance(float(refused.headers["retry-after"]))
        assert (await flood.get("/v1/latest.json")).status_code == 200


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 50))
def test_nobody_gets_more_than_the_bucket_and_what_flows_into_it_H7(
    pauses: list[float], per_minute: int
) -> None:
    limiter, now, allowed = RateLimiter(per_minute), 0.0, 0
    for pause in pauses:
        now += pause
        found = limiter.ask("192.0.2.1", now)
        allowed += found.retry_s is None
        assert 0 <= found.remaining <= per_minute
        if found.retry_s is not None:
            # Come back then, and it is allowed.
            assert limiter.ask("192.0.2.1", now + found.retry_s).retry_s is None
            now, allowed = now + found.retry_s, allowed + 1
    assert allowed <= per_minute + now * per_minute / 60 + 1e-3


def test_one_household_counts_as_one_and_the_table_of_addresses_is_bounded_H7() -> None:
    limiter = RateLimiter(2)
    assert limiter.ask("2001:db8::1", 0).retry_s is None
    assert limiter.ask("2001:db8::2", 0).retry_s is None
    assert limiter.ask("2001:db8::3", 0).retry_s is not None
    assert limiter.ask("2001:db8:0:1::3", 0).retry_s is None
    for number in range(30_000):
        limiter.ask(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
    assert len(limiter) == 20_000


async def test_before_the_first_publication_it_is_said(town: Town) -> None:
    desk = Desk(town)
    assert not desk.refresh()
    async with desk.client() as client:
        for path in ("/v1/latest.json", "/v1/latest.csv", "/v1/meta.json", "/v1/days"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/v1/days/2026-11-24.json")).status_code == 404
        page = await client.get("/zh")
        assert page.status_code == 200
        assert "尚未发布" in page.text
        assert page.headers["cache-control"] == "no-store"


async def test_when_publication_stops_the_last_numbers_are_withheld(desk: Desk) -> None:
    await desk.town.clock.advance(3 * 300 - 1)
    assert not desk.refresh()
    await desk.town.clock.advance(2)
    assert desk.refresh()
    async with desk.client() as client:
        latest = (await client.get("/v1/latest.json")).json()
        assert latest["stale"] is True
        for value in latest["values"]:
            assert (value["value"], value["min"], value["max"]) == (None, None, None)
            assert value["reason"] == Withheld.FEED_INTERRUPTED
        assert "0.12" not in (await client.get("/v1/latest.csv")).text
        page = (await client.get("/zh")).text
        assert "数据发布已中断" in page
        assert "0.12" not in page
    assert not desk.refresh()


async def test_a_finished_day_may_be_kept_for_long_and_todays_only_shortly(town: Town) -> None:
    await town.usual(end_s=14 * 3_600)
    publisher = town.publisher()
    for hours in (11, 13):
        await town.clock.advance(hours * 3_600 - town.clock.monotonic())
        await publisher.publish(town.clock.now())
    desk = Desk(town)
    desk.refresh()
    async with desk.client() as client:
        over = await client.get("/v1/days/2026-11-24.csv")
        assert "immutable" in over.headers["cache-control"]
        today = await client.get("/v1/days/2026-11-25.csv")
        assert today.headers["cache-control"] == "public, max-age=60"


async def test_a_file_that_cannot_be_read_is_said_and_the_rest_is_served(desk: Desk) -> None:
    (desk.town.folder / "2026-11-24.json").unlink()
    async with desk.client() as client:
        answer = await client.get("/v1/days/2026-11-24.json")
        assert answer.status_code == 503
        assert str(desk.town.folder) not in answer.text
        assert (await client.get("/v1/latest.json")).status_code == 200


async def test_half_a_file_is_not_taken_over(desk: Desk) -> None:
    file = desk.town.folder / "latest.json"
    before = file.read_bytes()
    file.write_bytes(before[:-40])
    look = Look(desk.shelf, desk.streams)
    await look.at(desk.town.clock.now())
    async with desk.client() as client:
        assert (await client.get("/v1/latest.json")).content == before
        file.write_bytes(before.replace(b'"stale":false', b'"stale":false,"later":1'))
        await look.at(desk.town.clock.now())
        assert (await client.get("/v1/latest.json")).status_code == 200


async def test_the_page_names_no_station(client: httpx.AsyncClient) -> None:
    for path in DOCUMENTS:
        assert CANARY not in (await client.get(path)).text.lower()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", Language.ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("en-GB,en;q=0.9", Language.EN),
        ("fr,en;q=0.5,zh;q=0.6", Language.ZH),
        ("fr, de", Language.ZH),
        ("en;q=x", Language.ZH),
    ],
)
async def test_the_page_speaks_the_readers_language(
    client: httpx.AsyncClient, accepted: str, language: Language
) -> None:
    assert preferred_language(accepted) is language
    answer = await client.get("/", headers={"Accept-Language": accepted})
    assert f'<html lang="{"zh-CN" if language is Language.ZH else "en"}">' in answer.text
    assert "Accept-Language" in answer.headers["vary"]


async def test_browser_files_never_change_at_their_address(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    for path, file in browser_files().items():
        answer = await client.get(path)
        assert answer.content == file.body
        assert "immutable" in answer.headers["cache-control"]
    assert all(path in page for path in browser_files())


async def test_listeners_are_sent_each_publication_and_not_twice(desk: Desk) -> None:
    look = Look(desk.shelf, desk.streams)
    latest = desk.shelf.front
    assert latest is not None
    desk.streams.publish(latest.latest.etag, latest.latest.body)
    events = desk.streams.events("")
    assert (await anext(events)).startswith(b"retry: ")
    first = await anext(events)
    assert first.startswith(b"event: snapshot\nid: " + latest.latest.etag.encode())
    data = orjson.loads(first.decode().split("data: ", 1)[1])
    assert data["to"] == "2026-11-24T11:45:00+08:00"
    waiting = asyncio.ensure_future(anext(events))
    await desk.town.clock.advance(300)
    await desk.town.publisher().publish(desk.town.clock.now())
    await look.at(desk.town.clock.now())
    assert b"2026-11-24T11:50:00+08:00" in await waiting
    # Whoever comes back with the newest id waits for the next; silence is broken by comments.
    desk.streams.heartbeat_s = 0.0
    again = desk.streams.events(desk.shelf.front.latest.etag)  # type: ignore[union-attr]  # published above
    assert (await anext(again)).startswith(b"retry: ")
    assert await anext(again) == b": still here\n\n"


async def test_a_slow_listener_gets_the_newest_and_nothing_is_queued_H8(desk: Desk) -> None:
    events = desk.streams.events("")
    await anext(events)
    for number in range(10_000):
        desk.streams.publish(str(number), b'{"n":%d}' % number)
    assert (await anext(events)) == b'event: snapshot\nid: 9999\ndata: {"n":9999}\n\n'


async def test_a_day_is_rows_under_named_columns(client: httpx.AsyncClient) -> None:
    day: dict[str, Any] = (await client.get("/v1/days/2026-11-24.json")).json()
    kinds = [Kind.TURBIDITY, Kind.PH, Kind.PRESSURE, Kind.FREE_CHLORINE]
    assert [one["kind"] for one in day["series"]] == kinds
    assert day["series"][0]["limit"]["source"] == "GB 5749-2022 Table 1"
    (row,) = day["series"][0]["rows"]
    named = dict(zip(day["columns"], row, strict=True))
    assert named["from"] == "2026-11-24T11:40:00+08:00"
    assert (named["value"], named["within_limit"], named["reason"]) == (0.12, True, None)
