"""``baotu dashboards``: Grafana's dashboards, made from the city's points."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.options import CityFile
from service.cli.streams import complain, note, say, say_json
from telemetry.text import Language

if TYPE_CHECKING:
    from config.city import City
    from dashboards.model import Dashboard
    from dashboards.plan import DashboardPlan
    from dashboards.publishing import Step

app = typer.Typer(
    help="Grafana's dashboards, made from the city's points.\n\n"
    "Example: baotu dashboards build city.toml --out grafana",
    no_args_is_help=True,
    rich_markup_mode=None,
)

In = Annotated[Language | None, typer.Option(help="One language only; else both.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
FolderTitle = Annotated[str, typer.Option(help="Folder in Grafana; made when it is not there.")]
Database = Annotated[str, typer.Option(help="Database, or what stands for the bucket.")]
Scheme = Annotated[
    str, typer.Option(help="Before the token: Bearer for Baotu, Token for InfluxDB 2.")
]

_GRAFANA_TOKEN = "GRAFANA_TOKEN"  # noqa: S105 - the name of a variable
_CHANGES_SHOWN = 20


def plan_of(city: City) -> DashboardPlan:
    """What the dashboards need to know of a city."""
    from dashboards.plan import DashboardPlan
    from telemetry.devices import MqttSource

    polled = [device for device in city.devices if not isinstance(device, MqttSource)]
    return DashboardPlan(
        title=city.title,
        timezone=city.timezone.key,
        zones=city.zones,
        sites=city.sites,
        points=city.points,
        rules=city.alarms.rules,
        poll_s={
            city.points[channel.point].name: device.poll_s
            for device in polled
            for channel in device.channels
        },
    )


def _loaded(city: Path) -> City:
    """The city, or all its problems and status 1."""
    from config.errors import ConfigError
    from config.load import load_city
    from config.problems import report

    try:
        return load_city(city, os.environ)
    except ConfigError as error:
        complain(report(error.problems))
        raise typer.Exit(1) from None


def _built(city: City, language: Language | None) -> tuple[Dashboard, ...]:
    from dashboards.building import build_dashboards

    plan = plan_of(city)
    languages = [language] if language else list(Language)
    return tuple(one for spoken in languages for one in build_dashboards(plan, spoken))


@app.command()
def build(
    city: CityFile,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    language: In = None,
    folder: FolderTitle = "Baotu",
    datasource_url: Annotated[
        str, typer.Option(help="Where Grafana finds the readings; for --provisioning.")
    ] = "http://127.0.0.1:8080",
    database: Database = "baotu",
    scheme: Scheme = "Bearer",
    grafana_path: Annotated[
        str, typer.Option(help="Where the files will lie on Grafana's machine.")
    ] = "/var/lib/grafana/dashboards/baotu",
    *,
    provisioning: Annotated[
        bool, typer.Option("--provisioning", help="Also write Grafana's provisioning files.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the dashboards as files; the same city gives the same bytes.

    Example: baotu dashboards build city.toml --out grafana --language zh --provisioning
    """
    from dashboards.building import dashboard_files
    from dashboards.datasource import SeriesServer
    from dashboards.provisioning import datasource_yaml, provider_yaml
    from dashboards.publishing import Folder

    files = dashboard_files(_built(_loaded(city), language))
    if provisioning:
        provider = provider_yaml(folder, Folder(folder).uid, grafana_path)
        source = datasource_yaml(SeriesServer(datasource_url, database, scheme), with_token=True)
        files["provisioning/dashboards/baotu.yaml"] = provider.encode()
        files["provisioning/datasources/baotu.yaml"] = source.encode()
    _write(out, files)
    if json:
        say_json({"folder": str(out), "files": sorted(files)})
        return
    note(f"{len(files)} files in {out}")


def _write(out: Path, files: dict[str, bytes]) -> None:
    """Write what differs from what is there, so that Grafana reads again only what changed."""
    from service.errors import ServiceError

    try:
        for name, content in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
    except OSError as error:
        raise ServiceError(
            f"{error.filename or out} cannot be written: {error.strerror}; name another folder"
        ) from None


@app.command()
def publish(
    city: CityFile,
    url: Annotated[str, typer.Option(help="Address of Grafana.")],
    folder: FolderTitle = "Baotu",
    language: In = None,
    datasource_url: Annotated[
        str | None, typer.Option(help="Also make the data source: the readings' address.")
    ] = None,
    database: Database = "baotu",
    scheme: Scheme = "Bearer",
    *,
    renew_token: Annotated[
        bool, typer.Option("--renew-token", help="Send BAOTU_TOKEN although Grafana has one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring Grafana's folder to what the city says; what is right already stays untouched.

    The token of a Grafana service account is taken from GRAFANA_TOKEN; the token with which
    Grafana reads, where it needs one, from BAOTU_TOKEN. Nothing is ever removed.

    Example: baotu dashboards publish city.toml --url https://grafana.example --dry-run
    """
    from dashboards.datasource import SeriesServer
    from dashboards.grafana import Grafana
    from dashboards.provisioning import TOKEN_VARIABLE
    from dashboards.publishing import Folder, publish_dashboards, publish_datasource
    from dashboards.rendering import dashboard_json

    token = os.environ.get(_GRAFANA_TOKEN)
    if not token:
        complain(
            f"{_GRAFANA_TOKEN} is not set: make a service account with the role Editor in Grafana "
            "(Admin, for the data source), and put its token into that environment variable"
        )
        raise typer.Exit(2)
    documents = [dashboard_json(one) for one in _built(_loaded(city), language)]
    grafana = Grafana(url, token)
    version = grafana.version()
    steps = []
    if datasource_url:
        server = SeriesServer(datasource_url, database, scheme)
        reading = os.environ.get(TOKEN_VARIABLE, "")
        steps.append(
            publish_datasource(grafana, server, reading, renew_token=renew_token, dry=dry_run)
        )
    steps += publish_dashboards(grafana, Folder(folder), documents, dry=dry_run)
    health = grafana.datasource_health("baotu") if datasource_url and not dry_run else None
    _report(steps, version, health, dry=dry_run, json=json)


def _report(steps: list[Step], version: str, health: str | None, *, dry: bool, json: bool) -> None:
    if json:
        say_json({"grafana": version, "steps": steps, "datasource_health": health})
        return
    for step in steps:
        say(f"{step.action.value:7} {step.what:12} {step.title}")
        for line in step.changes[:_CHANGES_SHOWN]:
            say(f"          {line}")
        if len(step.changes) > _CHANGES_SHOWN:
            say(f"          … and {len(step.changes) - _CHANGES_SHOWN} more")
    if health is not None:
        note(f"Grafana tried the data source: {health}")
    note(f"Grafana {version}{': nothing was changed (dry run)' if dry else ''}")


@app.command()
def check(
    city: CityFile,
    language: In = None,
    against: Annotated[
        str | None, typer.Option(help="Also ask this server everything the dashboards ask.")
    ] = None,
    database: Database = "baotu",
    scheme: Scheme = "Bearer",
    at: Annotated[
        datetime | None, typer.Option(help="End of the dashboards' time (UTC); else now.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Check the dashboards by Baotu's own rules, and whether every panel would show something.

    A token for the server is taken from BAOTU_TOKEN.

    Example: baotu dashboards check city.toml --against http://127.0.0.1:8086
    """
    from dashboards.checking import problems_of
    from dashboards.rendering import dashboard_json

    loaded = _loaded(city)
    built = _built(loaded, language)
    names = {point.name for point in loaded.points}
    problems = problems_of([dashboard_json(one) for one in built], names)
    gaps: list[str] = []
    if against is not None:
        empty, gaps = _asked(loaded, built, against, database, scheme, at)
        problems += empty
    answer: dict[str, Any] = {"ok": not problems, "problems": problems, "gaps": gaps}
    if json:
        say_json(answer)
    else:
        for line in problems:
            say(line)
        for line in gaps:
            note(line)
        note(
            f"{len(built)} dashboards, {sum(len(one.panels) for one in built)} panels: "
            f"{len(problems)} problems"
        )
    if problems:
        raise typer.Exit(1)


def _asked(
    city: City,
    built: tuple[Dashboard, ...],
    url: str,
    database: str,
    scheme: str,
    at: datetime | None,
) -> tuple[list[str], list[str]]:
    """Sentences about panels that show nothing, and about series that are missing in others."""
    import httpx

    from dashboards.asking import ask_all, questions
    from dashboards.provisioning import TOKEN_VARIABLE
    from historian.naming import series_names

    series = {one.point: one for one in series_names(city.points, {s.name: s for s in city.sites})}
    token = os.environ.get(TOKEN_VARIABLE)
    headers = {"Authorization": f"{scheme} {token}"} if token else {}
    with httpx.Client(base_url=url, headers=headers) as client:
        findings = ask_all(client, database, questions(built, series, _milliseconds(at)))
    return (
        [finding.sentence for finding in findings if finding.empty],
        [finding.sentence for finding in findings if not finding.empty],
    )


def _milliseconds(at: datetime | None) -> int:
    """An instant, or now, in milliseconds since 1970 UTC."""
    from telemetry.clock import RealClock

    if at is None:
        return RealClock().now() // 1_000_000
    return round(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000)
