"""The point table: names, numbers and a fingerprint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from telemetry.errors import BaotuError, UnknownPointError
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text


def point(name: str, kind: Kind = Kind.PRESSURE, expected_s: float = 60.0) -> Point:
    site = name.partition(".")[0]
    return Point(name, kind, Text("点", "point"), site, -0.1, 2.5, expected_s=expected_s)


@pytest.fixture
def table() -> PointTable:
    return PointTable(
        [
            point("lvyou.pump1.pressure_out"),
            point("lvyou.pump1.power", Kind.POWER, 0.5),
            point("donghu.outlet.ph", Kind.PH),
        ]
    )


def test_a_point_is_found_by_name_and_by_number(table: PointTable) -> None:
    assert table.index("donghu.outlet.ph") == 2
    assert table[2] is table.by_name("donghu.outlet.ph")
    assert "donghu.outlet.ph" in table
    assert "donghu" not in table
    assert [p.name for p in table][1] == "lvyou.pump1.power"
    assert len(table) == 3


def test_an_unknown_point_brings_up_the_nearest(table: PointTable) -> None:
    with pytest.raises(UnknownPointError, match=r"did you mean 'lvyou\.pump1\.power'\?"):
        table.index("lvyou.pump1.powr")
    with pytest.raises(UnknownPointError, match=r"no point is called 'xyz'$"):
        table.index("xyz")


def test_columns_follow_the_numbers(table: PointTable) -> None:
    assert table.low.tolist() == [-0.1] * 3
    assert table.high.tolist() == [2.5] * 3
    assert table.expected_ns.tolist() == [60_000_000_000, 500_000_000, 60_000_000_000]


def test_points_are_selected_by_prefix_and_kind(table: PointTable) -> None:
    assert table.select(prefix="lvyou.").tolist() == [0, 1]
    assert table.select(prefix="lvyou.", kind=Kind.POWER).tolist() == [1]
    assert table.select(kind=Kind.PH).tolist() == [2]
    nothing = table.select(prefix="nowhere")
    assert nothing.tolist() == []
    assert nothing.dtype == np.int32


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(BaotuError, match=r"'a\.b' stands twice"):
        PointTable([point("a.b"), point("a.c"), point("a.b")])


def test_equal_tables_have_equal_fingerprints(table: PointTable) -> None:
    assert PointTable(list(table)).fingerprint == table.fingerprint
    assert len(table.fingerprint) == 16
    assert int(table.fingerprint, 16) >= 0


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert PointTable([point("lvyou.pump1.power", Kind.POWER)]).fingerprint == "54c9cb96f916ebbe"


def test_order_name_or_kind_change_the_fingerprint_and_titles_do_not(table: PointTable) -> None:
    points = list(table)
    changed = [
        PointTable(reversed(points)),
        PointTable(points[:2]),
        PointTable([*points[:2], replace(points[2], kind=Kind.TURBIDITY)]),
        PointTable([*points[:2], replace(points[2], name="donghu.outlet.tb")]),
    ]
    assert len({table.fingerprint, *(other.fingerprint for other in changed)}) == 5
    renamed = PointTable([*points[:2], replace(points[2], title=Text("酸碱度", "acidity"))])
    assert renamed.fingerprint == table.fingerprint


def test_an_empty_table_is_a_table() -> None:
    empty = PointTable([])
    assert len(empty) == 0
    assert empty.low.dtype == np.float64


def test_a_points_unit_and_decimals_are_its_kinds() -> None:
    pressure = point("a.b")
    assert (pressure.unit, pressure.decimals) == ("MPa", 3)
