"""A Grafana for tests: answers what the real one answers to the calls that publishing makes.

Written after Grafana's HTTP API documentation (folder, dashboard, data source). It keeps
what it is sent, adds what Grafana adds, and holds its rules: bearer token, roles, versions.
"""

from __future__ import annotations

import copy
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]
TOKEN = "glsa_editor"
VIEWER = "glsa_viewer"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    body: Json | None
    headers: dict[str, str]


@dataclass(slots=True, eq=False)
class GrafanaDouble:
    """What the server knows, and what it was asked."""

    folders: dict[str, Json] = field(default_factory=dict)
    dashboards: dict[str, Json] = field(default_factory=dict)
    datasources: dict[str, Json] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    failing: int | None = None
    after_read: Callable[[GrafanaDouble, str], None] | None = None
    url: str = ""

    @property
    def writes(self) -> list[Call]:
        """The calls that would change something."""
        return [call for call in self.calls if call.method != "GET"]

    def edit(self, uid: str, **changes: Any) -> None:
        """Somebody saves a dashboard by hand."""
        known = self.dashboards[uid]["dashboard"]
        known |= changes
        known["version"] += 1

    def answer(self, call: Call) -> tuple[int, Json]:
        """Status and document for one call."""
        self.calls.append(call)
        if self.failing is not None:
            return self.failing, {"message": "something went wrong"}
        path = call.path.removeprefix("/grafana").split("?")[0]
        token = call.headers.get("Authorization")
        if token not in (f"Bearer {TOKEN}", f"Bearer {VIEWER}"):
            return 401, {"message": "Invalid API key"}
        if call.method != "GET" and token != f"Bearer {TOKEN}":
            return 403, {"message": "You'll need additional permissions to perform this action."}
        return self._known_path(call, path.removeprefix("/api/"))

    def _known_path(self, call: Call, path: str) -> tuple[int, Json]:
        match call.method, path.split("/"):
            case "GET", ["frontend", "settings"]:
                return 200, {"buildInfo": {"version": "12.4.1", "edition": "Open Source"}}
            case "GET", ["folders", uid]:
                return self._read(self.folders, uid, "folder not found")
            case "POST", ["folders"]:
                return self._make_folder(call.body or {})
            case "GET", ["dashboards", "uid", uid]:
                answer = self._read(self.dashboards, uid, "Dashboard not found")
                if self.after_read is not None:
                    self.after_read(self, uid)
                return answer
            case "POST", ["dashboards", "db"]:
                return self._save(call.body or {})
            case "GET", ["datasources", "uid", uid]:
                return self._read(self.datasources, uid, "Data source not found")
            case "GET", ["datasources", "uid", uid, "health"] if uid in self.datasources:
                return 200, {"status": "OK", "message": "datasource is working. 23 measurements"}
            case "POST", ["datasources"]:
                return self._keep_datasource(call.body or {}, known=False)
            case "PUT", ["datasources", "uid", uid] if uid in self.datasources:
                return self._keep_datasource(call.body or {}, known=True)
        return 404, {"message": "Not found"}

    def _read(self, kept: dict[str, Json], uid: str, missing: str) -> tuple[int, Json]:
        return (200, copy.deepcopy(kept[uid])) if uid in kept else (404, {"message": missing})

    def _make_folder(self, body: Json) -> tuple[int, Json]:
        if body["uid"] in self.folders:
            return 412, {"message": "a folder with the same uid already exists"}
        self.folders[body["uid"]] = {**body, "id": len(self.folders) + 1, "version": 1}
        return 200, self.folders[body["uid"]]

    def _save(self, body: Json) -> tuple[int, Json]:
        sent, folder = copy.deepcopy(body["dashboard"]), body["folderUid"]
        if folder not in self.folders:
            return 400, {"message": "folder not found"}
        known = self.dashboards.get(sent["uid"])
        version = known["dashboard"]["version"] if known else 0
        if known and not body.get("overwrite") and sent.get("version") != version:
            message = "The dashboard has been changed by someone else"
            return 412, {"status": "version-mismatch", "message": message}
        sent |= {"id": 7 if known else len(self.dashboards) + 1, "version": version + 1}
        for panel in sent["panels"]:
            panel["pluginVersion"] = "12.4.1"
        self.dashboards[sent["uid"]] = {"dashboard": sent, "meta": {"folderUid": folder}}
        return 200, {"status": "success", "uid": sent["uid"], "version": sent["version"]}

    def _keep_datasource(self, body: Json, *, known: bool) -> tuple[int, Json]:
        if not known and body["uid"] in self.datasources:
            return 409, {"message": "data source with the same name already exists"}
        body = dict(body)
        secret = body.pop("secureJsonData", {})
        fields = dict.fromkeys(secret, True)
        self.datasources[body["uid"]] = {**body, "id": 1, "secureJsonFields": fields}
        return 200, {"message": "Datasource added", "datasource": body}


@contextmanager
def serving_grafana() -> Iterator[GrafanaDouble]:
    """The double on a free loopback port, until the block ends."""
    double = GrafanaDouble()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, document = double.answer(
                Call(self.command, self.path, copy.deepcopy(body), dict(self.headers))
            )
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
