"""What publishing does to a Grafana, and what it says when Grafana will not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.datasource import SeriesServer
from dashboards.errors import GrafanaError
from dashboards.grafana import Grafana
from dashboards.publishing import Action, Folder, publish_dashboards, publish_datasource
from dashboards.rendering import dashboard_json
from tests.dashboards.grafana_double import TOKEN, VIEWER, GrafanaDouble, serving_grafana

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.model import Dashboard

FOLDER = Folder("Baotu")
READINGS = SeriesServer("http://baotu.test:8080")


@pytest.fixture
def double() -> Iterator[GrafanaDouble]:
    with serving_grafana() as running:
        yield running


@pytest.fixture
def grafana(double: GrafanaDouble) -> Grafana:
    return Grafana(double.url, TOKEN)


@pytest.fixture(scope="module")
def documents(english: tuple[Dashboard, ...]) -> list[dict[str, Any]]:
    return [dashboard_json(one) for one in english]


def actions(steps: list[Any]) -> list[Action]:
    return [step.action for step in steps]


def test_first_publishing_makes_the_folder_and_every_dashboard_in_it(grafana, double, documents):
    steps = publish_dashboards(grafana, FOLDER, documents)
    assert actions(steps) == [Action.CREATE] * (1 + len(documents))
    assert double.folders["baotu"]["title"] == "Baotu"
    assert set(double.dashboards) == {document["uid"] for document in documents}
    assert {kept["meta"]["folderUid"] for kept in double.dashboards.values()} == {"baotu"}


def test_publishing_again_sends_nothing_although_grafana_added_its_own(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents)
    double.calls.clear()
    steps = publish_dashboards(grafana, FOLDER, documents)
    assert set(actions(steps)) == {Action.KEEP}
    assert double.writes == []


def test_only_the_dashboard_that_differs_is_sent_with_its_version(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents)
    uid = documents[2]["uid"]
    double.edit(uid, title="mine")
    double.calls.clear()
    steps = publish_dashboards(grafana, FOLDER, documents)
    (changed,) = [step for step in steps if step.action is Action.UPDATE]
    assert changed.uid == uid
    assert changed.changes == (f"title: 'mine' → {documents[2]['title']!r}",)
    (write,) = double.writes
    assert write.body is not None
    assert write.body["overwrite"] is False
    assert (write.body["dashboard"]["version"], write.body["dashboard"]["id"]) == (2, 3)
    assert double.dashboards[uid]["dashboard"]["title"] == documents[2]["title"]


def test_dashboard_that_was_moved_comes_back_into_its_folder(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents)
    double.dashboards[documents[0]["uid"]]["meta"]["folderUid"] = "elsewhere"
    steps = publish_dashboards(grafana, FOLDER, documents)
    assert [step.changes for step in steps if step.action is Action.UPDATE] == [
        ("folder: 'elsewhere' → 'baotu'",)
    ]
    assert double.dashboards[documents[0]["uid"]]["meta"]["folderUid"] == "baotu"


def test_dry_run_says_the_same_and_sends_nothing(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents[:3])
    double.edit(documents[0]["uid"], refresh="1h")
    double.calls.clear()
    steps = publish_dashboards(grafana, FOLDER, documents, dry=True)
    assert double.writes == []
    assert actions(steps)[:4] == [Action.KEEP, Action.UPDATE, Action.KEEP, Action.KEEP]
    assert set(actions(steps)[4:]) == {Action.CREATE}
    assert steps[1].changes == ("refresh: '1h' → '30s'",)


def test_nothing_of_others_is_touched(grafana, double, documents):
    theirs = {"uid": "pumps", "title": "Pumps", "tags": [], "version": 4, "panels": []}
    double.dashboards["pumps"] = {"dashboard": theirs, "meta": {"folderUid": "baotu"}}
    publish_dashboards(grafana, FOLDER, documents)
    assert double.dashboards["pumps"]["dashboard"] == theirs
    assert {call.method for call in double.calls} == {"GET", "POST"}


def test_foreign_dashboard_with_our_uid_is_left_alone(grafana, double, documents):
    uid = documents[0]["uid"]
    theirs = {"uid": uid, "title": "Ours since 2019", "tags": ["ops"], "version": 9, "panels": []}
    double.dashboards[uid] = {"dashboard": theirs, "meta": {"folderUid": "ops"}}
    with pytest.raises(GrafanaError, match=r"'Ours since 2019' .* that Baotu did not make"):
        publish_dashboards(grafana, FOLDER, documents)
    assert double.dashboards[uid]["dashboard"] == theirs


def test_dashboard_saved_by_somebody_meanwhile_is_not_overwritten(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents)
    uid = documents[0]["uid"]
    double.edit(uid, title="first")
    double.after_read = lambda grafana, read: grafana.edit(read, title="second")
    with pytest.raises(GrafanaError, match=r"answered 412 .*saved it in the meantime: run the com"):
        publish_dashboards(grafana, FOLDER, documents)
    assert double.dashboards[uid]["dashboard"]["title"] == "second"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "a provisioned dashboard or data source cannot be changed over HTTP"),
        (401, "put the token of a service account into the environment variable GRAFANA_TOKEN"),
        (403, "needs the role Editor"),
        (404, "is the address right, with the path under which Grafana is served"),
        (412, "run the command again"),
        (500, "look at Grafana's log"),
        (503, "look at Grafana's log"),
    ],
)
def test_refusal_is_a_sentence_with_what_to_do(grafana, double, status, sentence):
    double.failing = status
    with pytest.raises(GrafanaError) as refused:
        grafana.create_folder("baotu", "Baotu")
    assert f"answered {status}" in str(refused.value)
    assert "while making the folder 'Baotu'" in str(refused.value)
    assert sentence in str(refused.value)
    assert refused.value.status == status


def test_wrong_token_and_viewers_token_are_refused(double, documents):
    with pytest.raises(GrafanaError, match="401"):
        publish_dashboards(Grafana(double.url, "wrong"), FOLDER, documents)
    with pytest.raises(GrafanaError, match="403"):
        publish_dashboards(Grafana(double.url, VIEWER), FOLDER, documents)
    assert double.folders == {}


def test_token_is_sent_in_its_header_only(grafana, double, documents):
    publish_dashboards(grafana, FOLDER, documents)
    assert {call.headers["Authorization"] for call in double.calls} == {f"Bearer {TOKEN}"}
    assert not [call for call in double.calls if TOKEN in call.path + json.dumps(call.body)]


def test_grafana_behind_a_path_is_found(double, documents):
    grafana = Grafana(f"{double.url}/grafana", TOKEN)
    assert grafana.version() == "12.4.1"
    publish_dashboards(grafana, FOLDER, documents[:1])
    assert {call.path.split("/")[1] for call in double.calls} == {"grafana"}


def test_nobody_at_the_address_is_a_sentence(free_port):
    with pytest.raises(GrafanaError, match="nobody answers as Grafana at http"):
        Grafana(f"http://127.0.0.1:{free_port}", TOKEN).version()


def test_datasource_is_made_with_its_token_among_the_secrets(grafana, double):
    step = publish_datasource(grafana, READINGS, "secret")
    assert step.action is Action.CREATE
    (write,) = double.writes
    assert write.body is not None
    assert write.body["secureJsonData"] == {"httpHeaderValue1": "Bearer secret"}
    kept = double.datasources["baotu"]
    assert "secret" not in json.dumps(kept)
    assert kept["jsonData"]["dbName"] == "baotu"
    assert kept["jsonData"]["httpHeaderName1"] == "Authorization"
    assert kept["url"] == "http://baotu.test:8080"
    assert grafana.datasource_health("baotu") == "OK"


def test_datasource_that_is_right_is_kept_and_one_that_moved_is_changed(grafana, double):
    publish_datasource(grafana, READINGS, "secret")
    double.calls.clear()
    assert publish_datasource(grafana, READINGS, "secret").action is Action.KEEP
    assert double.writes == []
    moved = SeriesServer("http://influx.test:8086", "water", "Token")
    step = publish_datasource(grafana, moved, "secret")
    assert step.action is Action.UPDATE
    assert "url: 'http://baotu.test:8080' → 'http://influx.test:8086'" in step.changes
    assert double.writes[0].body is not None
    assert double.writes[0].body["secureJsonData"] == {"httpHeaderValue1": "Token secret"}


def test_new_token_is_sent_when_asked_because_grafana_shows_none_to_compare(grafana, double):
    publish_datasource(grafana, READINGS, "old")
    step = publish_datasource(grafana, READINGS, "new", renew_token=True)
    assert (step.action, step.changes) == (Action.UPDATE, ("token: renewed",))


def test_datasource_of_a_dry_run_is_not_made(grafana, double):
    assert publish_datasource(grafana, READINGS, "", dry=True).action is Action.CREATE
    assert double.datasources == {}


def test_another_server_at_the_address_is_a_sentence(double, grafana):
    double.failing = 200
    with pytest.raises(GrafanaError, match="answers, but not as Grafana does"):
        grafana.version()
