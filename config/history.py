"""What the stores need: an address that can be asked, and times of keeping that make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from config.origins import Origin
    from config.problems import Problems
    from historian.settings import HistorianSettings, InfluxSettings


def check_historian(settings: HistorianSettings, origin: Origin, problems: Problems) -> None:
    """Complain about a store without an address, and about times that contradict each other.

    Args:
        settings: as they stand in the file.
        origin: of the ``[historian]`` table.
        problems: where everything that is wrong is noted.
    """
    if settings.influxdb is not None:
        _check_influx(settings.influxdb, origin, problems)
    elif settings.store == "influxdb":
        hint = "add [historian.influxdb] with its url, or leave store out"
        origin.complain(
            problems, "store is 'influxdb', but no InfluxDB is named", "store", hint=hint
        )
    _check_days(settings, origin, problems)


def _check_influx(influx: InfluxSettings, origin: Origin, problems: Problems) -> None:
    if not _is_base_address(influx.url):
        expected = "http://… or https://…, with a port where it is needed, and nothing behind it"
        what = "url is no address of a server"
        origin.complain(problems, what, "influxdb", "url", expected=expected)
    if influx.dialect == "v2" and not influx.org:
        origin.complain(problems, "dialect 'v2' needs the name of an org", "influxdb")
    if influx.dialect == "v1" and influx.token:
        hint = "give user and password, or choose dialect 'v2'"
        origin.complain(problems, "dialect 'v1' knows no token", "influxdb", "token", hint=hint)


def _is_base_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # A password in an address would be shown wherever the address is.
    return sound and "@" not in parts.netloc and not (parts.query or parts.fragment)


def _check_days(settings: HistorianSettings, origin: Origin, problems: Problems) -> None:
    if settings.raw_days > settings.keep_days:
        hint = "summaries are kept at least as long as what they sum up"
        origin.complain(problems, "raw_days is more than keep_days", "raw_days", hint=hint)
    for kind, own in settings.kinds.items():
        if own.raw_days and own.keep_days and own.raw_days > own.keep_days:
            origin.complain(
                problems, "raw_days is more than keep_days", "kinds", kind.value, "raw_days"
            )
