"""Five thousand random queries get the answers of a real InfluxDB over the same samples."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from historian.embedded.store import EmbeddedStore
from historian.influxql.engine import InfluxQL, Request
from historian.memory import MemoryStore
from tests.historian.influx.servers import influxd
from tests.historian.influxql.asking import Asked, Asking
from tests.historian.influxql.city import NAMES, fill, lines, past, points
from tests.historian.influxql.comparing import ODD, Verdict, compare, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUERIES, AT_ONCE = 5_000, 25
NOW_NS = 1_774_900_000 * 10**9


@pytest.fixture(scope="module")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real InfluxDB that holds the small city's past."""
    with influxd(tmp_path_factory.mktemp("influxd")) as url:
        httpx.post(f"{url}/query", data={"q": "CREATE DATABASE baotu"}).raise_for_status()
        httpx.post(f"{url}/write?db=baotu", content=lines(past())).raise_for_status()
        yield url


@pytest.fixture
async def memory() -> InfluxQL:
    """Our own answers, from memory."""
    store = MemoryStore(len(NAMES))
    await fill(store, past())
    return InfluxQL(store, NAMES)


def _own(document: dict[str, Any]) -> list[dict[str, Any]]:
    """As a client reads it."""
    results: list[dict[str, Any]] = json.loads(json.dumps(document))["results"]
    return results


@pytest.mark.system
@pytest.mark.timeout(300)
async def test_random_queries_get_the_answers_of_influxdb(
    influxdb: str, memory: InfluxQL, record_property: Callable[[str, object], None]
) -> None:
    asking = Asking(seed=2026)
    verdicts: Counter[Verdict] = Counter()
    unexplained: list[tuple[str, Any, Any]] = []
    async with httpx.AsyncClient(base_url=influxdb, timeout=60) as client:
        for _ in range(QUERIES // AT_ONCE):
            epoch, asked = asking.epoch(), [asking.next() for _ in range(AT_ONCE)]
            text = ";".join(one.text for one in asked)
            form = {"q": text, "db": "baotu", "epoch": epoch}
            own, theirs = await asyncio.gather(
                memory.answer(Request(text, NOW_NS, "baotu", epoch)),
                client.post("/query", data=form),
            )
            for one, mine, other in zip(asked, _own(own), theirs.json()["results"], strict=True):
                verdict = compare(one, mine, other)
                verdicts[verdict] += 1
                if verdict is Verdict.UNEXPLAINED:
                    unexplained.append((one.text, mine, other))
    record_property("verdicts", {verdict.name: count for verdict, count in verdicts.items()})
    assert unexplained == []
    assert verdicts.total() == QUERIES
    assert sum(verdicts[verdict] for verdict in ODD) < QUERIES * 0.02
    assert verdicts[Verdict.TIED_PICK] < QUERIES * 0.03
    assert verdicts[Verdict.SAME] > QUERIES * 0.85


async def test_both_stores_answer_random_queries_alike(memory: InfluxQL, tmp_path: Path) -> None:
    """The embedded store answers from summaries and files what memory looks through."""
    store = EmbeddedStore(tmp_path, points())
    samples = past()
    await fill(store, samples)
    await store.flush()
    embedded = InfluxQL(store, NAMES)
    asking = Asking(seed=5)
    asked = [Asked("SHOW MEASUREMENTS"), *(asking.next() for _ in range(150))]
    for one in asked:
        request = Request(one.text, NOW_NS, "baotu", "ns")
        [mine], [other] = _own(await embedded.answer(request)), _own(await memory.answer(request))
        assert same(mine, other), one.text
    await store.close()
