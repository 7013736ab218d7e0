"""One HTTP connection pool to one InfluxDB; knows requests and answers, decides nothing."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from historian.influx.dialects import endpoint
from historian.influx.errors import InfluxError
from historian.influx.verdicts import Answer, NoAnswer, message_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from historian.settings import InfluxSettings

_GZIP_FROM_BYTES = 1_024
_GZIP_CONTAINER = 31
_FASTEST = 1
_SPARE_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Table:
    """One series of an answer to a question.

    Attributes:
        name: the measurement; tags: those grouped by.
        columns: names; rows: values as JSON gave them, None where there is none.
        partial: the server cut the answer short.
    """

    name: str
    tags: Mapping[str, str]
    columns: tuple[str, ...]
    rows: list[list[Any]]
    partial: bool = False


class InfluxClient:
    """Sends lines and questions, each under one total deadline.

    Args:
        settings: which server.
        transport: instead of the network, for tests.

    Raises:
        InfluxError: the address cannot be read.
    """

    def __init__(
        self, settings: InfluxSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.settings = settings
        self._end = endpoint(settings)
        try:
            base = httpx.URL(settings.url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise InfluxError(f"url {settings.url!r} of [historian.influxdb]: {error}") from error
        if base.scheme not in ("http", "https") or not base.host:
            raise InfluxError(
                f"url {settings.url!r} of [historian.influxdb] must begin with http:// or https:// "
                "and name a host"
            )
        self._http = httpx.AsyncClient(
            base_url=base,
            headers=self._end.headers,
            timeout=settings.timeout_s,
            limits=httpx.Limits(max_connections=settings.in_flight + _SPARE_CONNECTIONS),
            transport=transport,
            follow_redirects=False,
        )

    async def write(self, lines: bytes) -> Answer | NoAnswer:
        """Post lines, compressed where that pays."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self.settings.gzip and len(lines) >= _GZIP_FROM_BYTES:
            lines = await asyncio.to_thread(zlib.compress, lines, _FASTEST, _GZIP_CONTAINER)
            headers["Content-Encoding"] = "gzip"
        end = self._end
        return await self.exchange(
            "POST", end.write_path, params=end.write_params, content=lines, headers=headers
        )

    async def ask(self, question: str, statements: int = 1) -> list[list[Table]]:
        """Ask by InfluxQL.

        Args:
            question: so many statements.
            statements: how many.

        Returns:
            The tables of each statement.

        Raises:
            InfluxError: there is no answer, or it is a refusal.
        """
        params = {**self._end.query_params, "q": question}
        answer = await self.exchange("GET", self._end.query_path, params=params)
        if isinstance(answer, NoAnswer):
            raise InfluxError(f"{self.settings.url} cannot be asked: {answer.reason}")
        if answer.status != 200:
            raise InfluxError(
                f"{self.settings.url} does not answer questions about {self.settings.bucket!r} "
                f"(HTTP {answer.status}: {message_of(answer)}); `baotu store check` says more"
            )
        tables = self._tables(answer)
        if len(tables) != statements:
            raise self._strange()
        return tables

    def _tables(self, answer: Answer) -> list[list[Table]]:
        try:
            results = orjson.loads(answer.body)["results"]
            for result in results:
                if "error" in result:
                    raise self._refusal(result["error"])
            return [[_table(series) for series in r.get("series", ())] for r in results]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise self._strange() from error

    def _refusal(self, words: str) -> InfluxError:
        # Of several statements InfluxDB 1.x says only this where the database is missing.
        words = "the database is missing" if words == "not executed" else words
        return InfluxError(
            f"{self.settings.url} cannot answer about {self.settings.bucket!r}: {words}; "
            "`baotu store check` says more"
        )

    def _strange(self) -> InfluxError:
        return InfluxError(
            f"{self.settings.url} answers a question in a form that is not InfluxDB's: is it one? "
            "Check url in [historian.influxdb]"
        )

    async def exchange(self, method: str, path: str, **request: Any) -> Answer | NoAnswer:
        """One request and its answer, under the total deadline."""
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                response = await self._http.request(method, path, **request)
        except TimeoutError:
            return NoAnswer(f"no answer within {self.settings.timeout_s:g} s")
        except httpx.TimeoutException:
            return NoAnswer(f"no answer within {self.settings.timeout_s:g} s")
        except httpx.HTTPError as error:
            return NoAnswer(str(error) or f"the connection broke ({type(error).__name__})")
        headers = {key.lower(): value for key, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _table(series: Mapping[str, Any]) -> Table:
    return Table(
        name=str(series.get("name", "")),
        tags=series.get("tags", {}),
        columns=tuple(series["columns"]),
        rows=series.get("values", []),
        partial=bool(series.get("partial")),
    )
