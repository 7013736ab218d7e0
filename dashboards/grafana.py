"""Grafana's HTTP API, through grafana-client, with its errors as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException, GrafanaTimeoutError
from niquests.exceptions import RequestException

from dashboards.errors import GrafanaError

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

TIMEOUT_S = 20.0

_ADVICE = {
    400: "a provisioned dashboard or data source cannot be changed over HTTP: change its file",
    401: "put the token of a service account into the environment variable GRAFANA_TOKEN",
    403: "the token's service account needs the role Editor, and Admin for data sources",
    404: "is the address right, with the path under which Grafana is served?",
    409: "somebody made it in the meantime: run the command again",
    412: "somebody saved it in the meantime: run the command again",
}
_FAILING = "look at Grafana's log"


class Grafana:
    """One Grafana.

    Args:
        url: its address, with the path under which it is served.
        token: of a service account.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/") + "/"
        self._api = GrafanaApi.from_url(self._url, credential=token, timeout=TIMEOUT_S)

    def version(self) -> str:
        """Its version; shows that somebody answers there, and that it is Grafana.

        Raises:
            GrafanaError: as all methods do.
        """
        answer = self._call(
            "asking for its version", lambda: self._api.client.GET("/frontend/settings")
        )
        build = answer.get("buildInfo") if isinstance(answer, dict) else None
        if not build:
            raise GrafanaError(f"{self._url} answers, but not as Grafana does: is it the address?")
        return str(build["version"])

    def folder(self, uid: str) -> Json | None:
        """The folder, or None."""
        return self._find(f"reading the folder {uid}", lambda: self._api.folder.get_folder(uid))

    def create_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        self._call(
            f"making the folder {title!r}", lambda: self._api.folder.create_folder(title, uid=uid)
        )

    def dashboard(self, uid: str) -> Json | None:
        """``{"dashboard": …, "meta": …}``, or None."""
        return self._find(
            f"reading the dashboard {uid}", lambda: self._api.dashboard.get_dashboard(uid)
        )

    def save_dashboard(self, document: Json, folder_uid: str, message: str) -> None:
        """Store a dashboard; refused when its ``version`` is not the newest any more."""
        body = {
            "dashboard": document,
            "folderUid": folder_uid,
            "message": message,
            "overwrite": False,
        }
        self._call(
            f"saving the dashboard {document['uid']}",
            lambda: self._api.dashboard.update_dashboard(body),
        )

    def datasource(self, uid: str) -> Json | None:
        """The data source without its secrets, or None."""
        return self._find(
            f"reading the data source {uid}",
            lambda: self._api.datasource.get_datasource_by_uid(uid),
        )

    def create_datasource(self, document: Json) -> None:
        """Make a data source."""
        self._call(
            f"making the data source {document['name']!r}",
            lambda: self._api.datasource.create_datasource(document),
        )

    def update_datasource(self, document: Json) -> None:
        """Change a data source."""
        uid = document["uid"]
        self._call(
            f"changing the data source {document['name']!r}",
            lambda: self._api.datasource.update_datasource_by_uid(uid, document),
        )

    def datasource_health(self, uid: str) -> str:
        """What Grafana says after trying the data source: ``OK``, or what is wrong."""
        answer = self._call("trying the data source", lambda: self._api.datasource.health(uid))
        good = answer.get("status") == "OK"
        return "OK" if good else str(answer.get("message") or answer)

    def _find(self, doing: str, call: Callable[[], Any]) -> Json | None:
        try:
            found: Json = self._call(doing, call)
        except GrafanaError as error:
            if error.status == 404:
                return None
            raise
        return found

    def _call(self, doing: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except GrafanaTimeoutError:
            raise GrafanaError(
                f"Grafana at {self._url} did not answer within {TIMEOUT_S:g} s while {doing}"
            ) from None
        except GrafanaException as error:
            raise GrafanaError(self._sentence(doing, error), status=error.status_code) from None
        except RequestException as error:
            raise GrafanaError(
                f"nobody answers as Grafana at {self._url} while {doing}: "
                f"{type(error).__name__}; is the address right and Grafana running?"
            ) from None

    def _sentence(self, doing: str, error: GrafanaException) -> str:
        response = error.response
        said = response.get("message") if isinstance(response, dict) else None
        advice = _ADVICE.get(error.status_code, _FAILING)
        words = f" ({said})" if said else ""
        return f"Grafana at {self._url} answered {error.status_code}{words} while {doing}: {advice}"
