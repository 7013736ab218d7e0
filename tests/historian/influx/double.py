"""A small, strict InfluxDB 2: identity, organisation, bucket, precision, gzip, and every line.

It answers what the real one answers, as far as this service and influxdb-client ask. Its verdicts
on lines are those of InfluxDB 1.6.7, which a test holds it to. What it is told to do next
(``script``) comes before anything it would do by itself.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.historian.influx.line_parser import BadLineError, Line, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORG, BUCKET, TOKEN = "water", "baotu", "secret"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, document: Any, **headers: str) -> Reply:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(
            status, json.dumps(document).encode(), {"Content-Type": "application/json", **named}
        )


def trouble(status: int, code: str, message: str, **headers: str) -> Reply:
    return Reply.of(status, {"code": code, "message": message}, **headers)


@dataclass
class InfluxDouble:
    """The server's state, and what was asked of it.

    Attributes:
        buckets: names, by id.
        mapped: databases that InfluxQL knows.
        script: replies to the next writes; None means the usual one.
        away: nobody listens.
        most_lines: a request with more is too large.
        oldest_ns: samples before this are beyond the retention.
        samples: by series and time: the fields, as the last write left them.
        writes: the lines of every write that was judged, in order.
    """

    buckets: dict[str, str] = field(default_factory=lambda: {"b1": BUCKET})
    mapped: set[str] = field(default_factory=lambda: {BUCKET})
    script: deque[Reply | None] = field(default_factory=deque)
    away: bool = False
    most_lines: int = 100_000
    oldest_ns: int = -(2**63)
    samples: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    writes: list[list[str]] = field(default_factory=list)
    types: dict[tuple[str, str], type] = field(default_factory=dict)
    requests: int = 0

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/ping":
            return Reply(204, headers={"X-Influxdb-Version": "v2.7.0-double"})
        if headers.get("authorization") != f"Token {TOKEN}":
            return trouble(401, "unauthorized", "unauthorized access")
        match method, parts.path:
            case "POST", "/api/v2/write":
                self.requests += 1
                scripted = self.script.popleft() if self.script else None
                return scripted or self._write(query, headers, body)
            case "GET", "/query":
                return self._ask(query)
            case method, path:
                return self._administer(method, path, query, body)

    def _write(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        if query.get("org") != ORG:
            return trouble(404, "not found", f'organization name "{query.get("org")}" not found')
        if query.get("bucket") not in self.buckets.values():
            return trouble(404, "not found", f'bucket "{query.get("bucket")}" not found')
        if query.get("precision", "ns") != "ns":
            return trouble(400, "invalid", "the double wants nanoseconds")
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        lines = body.decode().removesuffix("\n").split("\n")
        if len(lines) > self.most_lines:
            return trouble(
                413, "request too large", "unable to read data: points batch is too large"
            )
        self.writes.append(lines)
        return self._take(lines)

    def _take(self, lines: list[str]) -> Reply:
        """Take what can be taken; say of one fault after the other why not, as 1.x does."""
        faults, conflicts, old = [], [], 0
        for line in lines:
            try:
                parsed = parse(line)
            except BadLineError as error:
                faults.append(f"unable to parse '{line}': {error}")
                continue
            if conflict := self._conflict(parsed):
                conflicts.append(conflict)
            elif (parsed.time or 0) < self.oldest_ns:
                old += 1
            else:
                self._keep(parsed)
        if conflicts:
            words = f"partial write: {conflicts[0]} dropped={len(conflicts)}"
            return trouble(400, "invalid", words)
        if old:
            words = f"partial write: points beyond retention policy dropped={old}"
            return trouble(422, "unprocessable entity", f"failure writing points: {words}")
        if faults:
            some = "partial write: " if len(faults) < len(lines) else ""
            return trouble(400, "invalid", some + "\n".join(faults))
        return Reply(204)

    def _conflict(self, line: Line) -> str:
        for name, value in line.fields.items():
            known = self.types.get((line.measurement, name), type(value))
            if known is not type(value):
                return f'field type conflict: input field "{name}" on "{line.measurement}"'
        return ""

    def _keep(self, line: Line) -> None:
        for name, value in line.fields.items():
            self.types.setdefault((line.measurement, name), type(value))
        series = ",".join([line.measurement, *(f"{k}={v}" for k, v in sorted(line.tags.items()))])
        # A field that a later write leaves out keeps its value.
        self.samples.setdefault((series, line.time or 0), {}).update(line.fields)

    def _ask(self, query: Mapping[str, str]) -> Reply:
        """The one question of ``store check``; others belong to the real server."""
        if query["db"] not in self.mapped:
            return trouble(404, "not found", "no dbrp mapping found")
        time = int(query["q"].rpartition("=")[2])
        rows = [
            [t, f["value"]] for (s, t), f in self.samples.items() if t == time and s in query["q"]
        ]
        series = [{"name": "x", "columns": ["time", "value"], "values": rows}] if rows else []
        return Reply.of(200, {"results": [{"statement_id": 0, "series": series}]})

    def _administer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
        match method, path:
            case "GET", "/api/v2/orgs":
                return Reply.of(200, {"orgs": [{"id": "o1", "name": ORG}]})
            case "GET", "/api/v2/buckets":
                found = [self._bucket(i) for i, n in self.buckets.items() if n == query["name"]]
                return Reply.of(200, {"buckets": found})
            case "POST", "/api/v2/buckets":
                wanted = json.loads(body)
                self.buckets[f"b{len(self.buckets) + 1}"] = wanted["name"]
                return Reply.of(201, {**wanted, "id": f"b{len(self.buckets)}"})
            case "GET", "/api/v2/dbrps":
                named = self.buckets[query["bucketID"]]
                known = [self._mapping(named)] if named in self.mapped else []
                return Reply.of(200, {"content": known})
            case "POST", "/api/v2/dbrps":
                wanted = json.loads(body)
                assert wanted["retention_policy"], "a mapping needs the name of a policy"
                self.mapped.add(wanted["database"])
                return Reply.of(201, {**wanted, "id": "m1", "orgID": "o1"})
        return trouble(404, "not found", f"path not found: {path}")

    def _bucket(self, number: str) -> dict[str, Any]:
        return {"id": number, "name": self.buckets[number], "orgID": "o1", "retentionRules": []}

    def _mapping(self, name: str) -> dict[str, Any]:
        return {
            **{"id": "m1", "orgID": "o1", "bucketID": "b1", "database": name},
            **{"retention_policy": "autogen", "default": True},
        }

    def transport(self) -> httpx.MockTransport:
        """The double as the other end of httpx, without a socket."""

        def respond(request: httpx.Request) -> httpx.Response:
            if self.away:
                raise httpx.ConnectError("connection refused")
            headers = {name.lower(): text for name, text in request.headers.items()}
            target = request.url.raw_path.decode()
            reply = self.answer(request.method, target, headers, request.content)
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)

        return httpx.MockTransport(respond)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The double on a loopback port, for clients of others."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): text for name, text in self.headers.items()}
                reply = double.answer(self.command, self.path, headers, body)
                self.send_response(reply.status)
                for name, text in reply.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing on the terminal."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
