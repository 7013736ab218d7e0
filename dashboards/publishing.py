"""Bring Grafana to what was built: what is missing is made, what differs is changed, no more.

Nothing is ever removed, and a dashboard that has one of our uids without our tag is somebody
else's and is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dashboards.datasource import UID, datasource_json, secret_json
from dashboards.differences import differences
from dashboards.errors import GrafanaError
from dashboards.rendering import TAG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.datasource import SeriesServer
    from dashboards.grafana import Grafana

Json = dict[str, Any]

_MESSAGE = "baotu dashboards publish"


class Action(StrEnum):
    """What is done to one thing."""

    CREATE = "create"
    UPDATE = "update"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, or would be done, to one thing.

    Attributes:
        what: ``folder``, ``data source`` or ``dashboard``.
        uid, title: which.
        action: what is done.
        changes: where Grafana's differs from ours, a line each.
    """

    what: str
    uid: str
    title: str
    action: Action
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the dashboards go."""

    title: str

    @property
    def uid(self) -> str:
        """From the title, so that the same title finds the same folder."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:40] or "baotu"


def publish_dashboards(
    grafana: Grafana, folder: Folder, documents: Iterable[Json], *, dry: bool = False
) -> list[Step]:
    """Publish dashboards into their folder.

    Args:
        grafana: where to.
        folder: made when it is not there.
        documents: dashboards as Grafana's model has them.
        dry: only say what would be done.

    Raises:
        GrafanaError: refused or not answered; what was done before stays done, and running
            again goes on from there.
    """
    steps = [_folder_step(grafana, folder, dry=dry)]
    steps += [_dashboard_step(grafana, folder, one, dry=dry) for one in documents]
    return steps


def _folder_step(grafana: Grafana, folder: Folder, *, dry: bool) -> Step:
    known = grafana.folder(folder.uid)
    if known is not None:
        return Step("folder", folder.uid, str(known.get("title", folder.title)), Action.KEEP)
    if not dry:
        grafana.create_folder(folder.uid, folder.title)
    return Step("folder", folder.uid, folder.title, Action.CREATE)


def _dashboard_step(grafana: Grafana, folder: Folder, document: Json, *, dry: bool) -> Step:
    uid, title = document["uid"], document["title"]
    known = grafana.dashboard(uid)
    if known is None:
        if not dry:
            grafana.save_dashboard(document, folder.uid, _MESSAGE)
        return Step("dashboard", uid, title, Action.CREATE)
    theirs = known["dashboard"]
    if TAG not in (theirs.get("tags") or []):
        raise GrafanaError(
            f"Grafana has a dashboard {theirs.get('title')!r} with the uid {uid!r} that Baotu did "
            f"not make: give it another uid, or the tag {TAG!r} if it may be replaced"
        )
    changes = tuple(differences(document, theirs)) + _moved(folder, known)
    if not changes:
        return Step("dashboard", uid, title, Action.KEEP)
    if not dry:
        ours = {**document, "id": theirs.get("id"), "version": theirs.get("version")}
        grafana.save_dashboard(ours, folder.uid, _MESSAGE)
    return Step("dashboard", uid, title, Action.UPDATE, changes)


def _moved(folder: Folder, known: Json) -> tuple[str, ...]:
    there = known.get("meta", {}).get("folderUid")
    return () if there == folder.uid else (f"folder: {there!r} → {folder.uid!r}",)


def publish_datasource(
    grafana: Grafana,
    server: SeriesServer,
    token: str,
    *,
    renew_token: bool = False,
    dry: bool = False,
) -> Step:
    """Make or change the data source.

    Args:
        grafana: where to.
        server: where the readings are, as Grafana reaches it.
        token: for Grafana to read with; the empty string for none.
        renew_token: send the token although Grafana has one: it never shows it for comparison.
        dry: only say what would be done.
    """
    ours = datasource_json(server, with_token=bool(token))
    secret = {"secureJsonData": secret_json(server, token)} if token else {}
    known = grafana.datasource(UID)
    if known is None:
        if not dry:
            grafana.create_datasource({**ours, **secret})
        return Step("data source", UID, ours["name"], Action.CREATE)
    changes = differences(ours, known)
    if token and (renew_token or not known.get("secureJsonFields", {}).get("httpHeaderValue1")):
        changes.append("token: renewed")
    if not changes:
        return Step("data source", UID, ours["name"], Action.KEEP)
    if not dry:
        grafana.update_datasource({**ours, **secret})
    return Step("data source", UID, ours["name"], Action.UPDATE, tuple(changes))
