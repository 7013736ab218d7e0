"""Points get canonical units, ranges and ages from what the spreadsheet says."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.city import City
from config.drafts import Draft
from config.entries import PointEntry
from config.errors import UnknownSiteError
from config.load import load_city
from config.origins import Origin
from config.points import Carrier, wire
from config.positions import KeyPath
from config.problems import Place, Problems
from config.roster import Roster
from telemetry.addresses import MqttAddress, OpcUaAddress
from telemetry.devices import Channel, ModbusDevice, Protocol
from telemetry.kinds import Kind
from telemetry.places import Sampling, Site, SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def city(small_city: Path, environment: dict[str, str]) -> City:
    return load_city(small_city, environment)


def channel_of(city: City, point: str) -> Channel[Any]:
    index = city.points.index(point)
    return next(c for device in city.devices for c in device.channels if c.point == index)


def test_unit_is_folded_into_scale_and_range(city: City) -> None:
    channel = channel_of(city, "north_01.pressure")
    point = city.points.by_name("north_01.pressure")

    assert (channel.scale, channel.offset) == (pytest.approx(1e-3), 0.0)
    assert (point.low, point.high) == (pytest.approx(-0.1), pytest.approx(1.6))


def test_litres_become_cubic_metres(city: City) -> None:
    assert channel_of(city, "meters.m0002.total").scale == pytest.approx(1e-3)


def test_scale_offset_and_a_shifted_unit_are_folded_in_this_order(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    row = "north_01.temp,temperature,水温,Temperature,°F,gateway,holding:90,0.1,-4,32,212,,,\n"
    path = small_city / "points.csv"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")

    city = load_city(small_city, environment)

    channel, point = channel_of(city, "north_01.temp"), city.points.by_name("north_01.temp")
    # Raw 720 is 720 × 0.1 - 4 = 68 °F = 20 °C.
    assert 720 * channel.scale + channel.offset == pytest.approx(20.0)
    assert (point.low, point.high) == (pytest.approx(0.0), pytest.approx(100.0))


def test_range_left_empty_is_that_of_the_kind(city: City) -> None:
    point = city.points.by_name("north_02.pressure")

    assert (point.low, point.high) == (-0.1, 2.5)


def test_polled_point_is_due_after_four_periods_unless_it_says_otherwise(city: City) -> None:
    assert city.points.by_name("north_01.pressure").expected_s == 60.0
    assert city.points.by_name("donghu.outlet.setpoint").expected_s == 20.0
    assert city.points.by_name("meters.m0001.total").expected_s == 90_000.0


def test_setpoint_is_writable_and_others_are_not(city: City) -> None:
    writable = [point.name for point in city.points if point.writable]

    assert writable == ["donghu.outlet.setpoint"]
    assert channel_of(city, "donghu.outlet.setpoint").writable


def test_addresses_are_those_of_the_protocol(city: City) -> None:
    assert channel_of(city, "donghu.outlet.setpoint").address == OpcUaAddress(
        "urn:works", "s=outlet.setpoint"
    )
    assert channel_of(city, "meters.m0001.total").address == MqttAddress("M0001", "total_m3")


def test_sentinels_stand_with_their_signal(city: City) -> None:
    gateway = next(device for device in city.devices if device.name == "gateway")

    assert isinstance(gateway, ModbusDevice)
    assert gateway.sentinels == {"pressure": (0x7FFF, 0xFFFF)}


def test_bilingual_titles_and_kinds_are_kept(city: City) -> None:
    point = city.points.by_name("qs01.free_chlorine")

    assert (point.kind, point.title.zh, point.title.en, point.site) == (
        Kind.FREE_CHLORINE,
        "游离氯",
        "Free chlorine",
        "qs01",
    )


def test_site_is_found_by_name(city: City) -> None:
    site = city.site("qs01")

    assert (site.kind, site.sampling, site.zone) == (
        SiteKind.QUALITY_STATION,
        Sampling.NETWORK,
        "north",
    )


def test_unknown_site_is_told_with_the_nearest_one(city: City) -> None:
    with pytest.raises(UnknownSiteError, match="no site is called 'qs1'; did you mean 'qs01'"):
        city.site("qs1")


def test_yes_may_be_said_in_chinese(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    edit("points.csv", "0.9,yes", "0.9,是")

    assert load_city(small_city, environment).points.by_name("donghu.outlet.setpoint").writable


def test_points_may_stand_in_several_sheets(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    header, *rows = (small_city / "points.csv").read_text(encoding="utf-8").splitlines()
    (small_city / "points.csv").unlink()
    (small_city / "points").mkdir()
    for number, row in enumerate(rows):
        text = f"{header}\n{row}\n"
        (small_city / "points" / f"{number}.csv").write_text(text, encoding="utf-8")
    edit("city.toml", 'timezone = "Asia/Shanghai"', 'timezone = "UTC"\npoints = ["points/*.csv"]')

    city = load_city(small_city / "city.toml", environment)

    assert len(city.points) == 9
    assert sum(file.suffix == ".csv" for file in city.files) == 1 + len(rows)


def test_sheet_named_twice_is_read_once(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    edit("city.toml", 'timezone = "', 'points = ["points.csv", "*ints.csv"]\ntimezone = "')

    assert len(load_city(small_city, environment).points) == 9


def test_number_of_points_is_bounded_H9() -> None:
    problems = Problems()
    carriers = Roster({"gateway": Carrier("gateway", Protocol.MODBUS, 60.0)})
    drafts = (draft_of(number) for number in itertools.count())

    wiring = wire(drafts, carriers, Roster({"a": SITE}), problems, most=10)

    assert len(wiring.points) == 10
    told = [str(problem) for problem in problems.in_order(Path("points.csv"))]
    assert told == ["points.csv:12: the city has more than 10 points"]


SITE = Site("a", SiteKind.WORKS, Text("甲", "A"), "", 0.0, 0.0)


def draft_of(number: int) -> Draft:
    """The point of one row of an endless spreadsheet."""
    entry = PointEntry(
        name=f"a.p{number}",
        kind=Kind.COUNT,
        title_zh="数",
        title_en="Count",
        device="gateway",
        address=f"holding:{number}",
    )
    return Draft(entry, Origin(EndlessSheet(), (number,)))


class EndlessSheet:
    def place(self, path: KeyPath) -> Place:
        return Place(Path("points.csv"), int(path[0]) + 2)
