"""Water quality that was measured, through real Modbus registers into the running service.

What is stored equals the file, limits ring exactly where the file breaches them, and what is
missing or cannot be true becomes a quality, never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from telemetry.kinds import Kind
from telemetry.quality import Severity, severities
from tests.measured.columns import Column, modbus_unit, shown, spells, table
from tests.measured.recorded import RecordedCity, read_recording
from tests.measured.station import Station, limit_rule, running_station

if TYPE_CHECKING:
    from pathlib import Path

    from tests.measured.recorded import Recording


@dataclass(frozen=True)
class Limit:
    """A limit as it stands in the rule, in the decimals of the file.

    For a float32 a limit lies between two steps of the file: 0.06 is no float32, so a unit that
    is to say 0.06 says 0.0599999987, and nobody can tell that it meant to say "not below".
    """

    point: str
    low: str | None = None
    high: str | None = None
    deadband: str = "0"

    @property
    def rule(self) -> str:
        return f"{self.point.replace('.', '_')}_{'low' if self.high is None else 'high'}"


@dataclass(frozen=True)
class Case:
    """A file, the units that show it, and the limits that watch it."""

    file: str
    poll_s: float
    units: tuple[tuple[Column, ...], ...]
    limits: tuple[Limit, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return sum(self.units, ())

    def column(self, point: str) -> Column:
        return next(column for column in self.columns if column.point == point)


GECCO = Case(
    file="gecco2018_slice.csv.gz",
    poll_s=60.0,
    units=(
        (
            # An analogue input that lost its wire shows the lowest value of its span, as here
            # 4.0 pH or 300 mV; therefore the spans begin just above.
            Column("Tp", "works.temperature", Kind.TEMPERATURE, "holding:0 int16", 0.1, 50.0,
                   "0.1", sentinel=0x8000),
            Column("Cl", "works.line1.clo2", Kind.CHLORINE_DIOXIDE, "holding:2 float32 CDAB",
                   0.0, 2.0),
            Column("pH", "works.ph", Kind.PH, "holding:4 uint16", 4.001, 14.0, "0.001",
                   sentinel=0xFFFF),
            Column("Redox", "works.redox", Kind.REDOX, "holding:5 uint16", 300.1, 1_200.0, "0.1",
                   sentinel=0xFFFF),
            Column("Leit", "works.conductivity", Kind.CONDUCTIVITY, "holding:6 uint32 BADC",
                   1.0, 2_000.0, "0.1", sentinel=0xFFFF),
            Column("Trueb", "works.turbidity", Kind.TURBIDITY, "input:0 uint16", 0.0001, 4.0,
                   "0.0001", sentinel=0xFFFF),
            Column("Cl_2", "works.line2.clo2", Kind.CHLORINE_DIOXIDE, "input:10 float32",
                   0.0, 2.0),
            Column("Fm", "works.line1.flow", Kind.FLOW, "input:20 uint32 DCBA", 0.0, 3_000.0,
                   "0.1", sentinel=0xFFFF),
            Column("Fm_2", "works.line2.flow", Kind.FLOW, "input:22 float32 BADC", 0.0, 3_000.0),
        ),
    ),
    limits=(
        Limit("works.turbidity", high="0.03", deadband="0.005"),
        Limit("works.ph", high="8.45", deadband="0.02"),
        Limit("works.ph", low="8.2", deadband="0.1"),
        Limit("works.line1.clo2", low="0.1495", deadband="0.01"),
        Limit("works.line2.clo2", low="0.09005", deadband="0.005"),
        Limit("works.redox", low="740"),
        Limit("works.conductivity", high="215.3", deadband="3.7"),
    ),
)  # fmt: skip

STATION_B = Case(
    file="station_b.csv.gz",
    poll_s=1_200.0,
    units=(
        (
            Column("CL2", "station.chlorine", Kind.FREE_CHLORINE, "holding:0 uint16", 0.0001,
                   5.0, "0.0001", sentinel=0xFFFF),
            Column("TURB", "station.turbidity", Kind.TURBIDITY, "holding:1 uint16", 0.0001, 4.0,
                   "0.0001", sentinel=0xFFFF),
            Column("PH", "station.ph", Kind.PH, "holding:2 float32 CDAB", 4.0, 14.0),
            Column("TOC", "station.toc", Kind.TOC, "holding:4 uint32", 0.0001, 50.0, "0.0001",
                   sentinel=0xFFFF),
            Column("COND", "station.conductivity", Kind.CONDUCTIVITY, "holding:6 uint32 CDAB",
                   1.0, 2_000.0, "0.0001", sentinel=0xFFFF),
            Column("TEMP", "station.temperature", Kind.TEMPERATURE, "holding:8 int16", 33.0,
                   120.0, "0.1", unit="°F", sentinel=0x7FFF),
            Column("PRES", "station.pressure", Kind.PRESSURE, "holding:9 uint16", 40.0, 150.0,
                   "0.1", unit="psi", sentinel=0xFFFF),
        ),
        (
            Column("PLNT_PRES", "plant.pressure", Kind.PRESSURE, "input:0 uint16", 40.0, 150.0,
                   "0.1", unit="psi", sentinel=0xFFFF),
            Column("PLNT_PH", "plant.ph", Kind.PH, "input:1 uint16", 4.01, 14.0, "0.01",
                   sentinel=0xFFFF),
            Column("PLNT_TURB", "plant.turbidity", Kind.TURBIDITY, "input:2 uint16", 0.001, 10.0,
                   "0.001", sentinel=0xFFFF),
            Column("PLNT_FLOW", "plant.flow", Kind.FLOW, "input:4 float32 DCBA", 0.0, 100.0),
            Column("PLNT_CL2", "plant.chlorine", Kind.FREE_CHLORINE, "input:6 int16", 0.01, 5.0,
                   "0.01", sentinel=0x8000),
        ),
    ),
    limits=(
        Limit("station.chlorine", low="2.4", deadband="0.3"),
        Limit("station.turbidity", high="0.5", deadband="0.07"),
        Limit("station.ph", high="7.46005", deadband="0.1"),
        Limit("station.toc", high="11.2", deadband="0.4"),
        Limit("plant.turbidity", high="1", deadband="0.3"),
        Limit("plant.ph", low="7.6", deadband="0.03"),
        Limit("plant.chlorine", low="3.81", deadband="0.11"),
    ),
)  # fmt: skip


async def play(case: Case, recording: Recording, folder: Path, check) -> None:
    points = table(case.columns, expected_s=case.poll_s)
    devices = [
        modbus_unit(f"unit{number}", number, points, columns, case.poll_s)
        for number, columns in enumerate(case.units, 1)
    ]
    rules = [
        limit_rule(
            limit.rule,
            limit.point,
            low=None if limit.low is None else float(limit.low),
            high=None if limit.high is None else float(limit.high),
            deadband=float(limit.deadband),
        )
        for limit in case.limits
    ]
    city = RecordedCity(recording.times_ns, shown(recording, case.columns))
    async with running_station(city, points, devices, rules, folder) as station:
        await station.until_judged(len(points))
        for row in range(1, len(recording)):
            await station.next_row()
            await station.until_judged(len(points) * (row + 1))
        await check(station)


async def is_kept_as_in_the_file(station: Station, recording: Recording, column: Column) -> None:
    cells = recording.columns[column.column]
    series = await station.series(column.point, len(cells))
    assert series.time.tolist() == recording.times_ns
    wanted = [column.quality(cell) for cell in cells]
    assert series.quality.tolist() == wanted
    is_bad = severities(series.quality) == Severity.BAD
    assert np.isnan(series.value[is_bad]).all(), "what is bad has no value"
    kept = [column.kept(cell) for cell in cells if column.believable(cell)]
    if column.unit:
        np.testing.assert_allclose(series.value[~is_bad], kept, rtol=0, atol=1e-12)
    else:
        assert series.value[~is_bad].tolist() == kept


@pytest.mark.parametrize("case", [GECCO, STATION_B], ids=["gecco", "station_b"])
async def test_measured_quality_is_kept_as_it_is_and_rings_where_it_breaches(
    case: Case, tmp_path: Path
) -> None:
    recording = read_recording(case.file, "Time")

    async def check(station: Station) -> None:
        for column in case.columns:
            await is_kept_as_in_the_file(station, recording, column)
        for limit in case.limits:
            expected = spells(
                recording,
                case.column(limit.point),
                low=limit.low,
                high=limit.high,
                deadband=limit.deadband,
            )
            assert await station.rung(limit.rule, limit.point) == expected, limit.rule
        assert station.service.engine.bank.figures.late == 0
        assert station.unexplained() == {}

    await play(case, recording, tmp_path, check)


@pytest.mark.parametrize("case", [GECCO, STATION_B], ids=["gecco", "station_b"])
def test_the_files_hold_what_the_test_is_about(case: Case) -> None:
    """Missing cells, values that cannot be true, and some breaches of every limit."""
    recording = read_recording(case.file, "Time")
    cells = [(c, cell) for c in case.columns for cell in recording.columns[c.column]]
    assert sum(cell is None for _, cell in cells) > 50
    assert sum(cell is not None and not c.believable(cell) for c, cell in cells) > 20
    for limit in case.limits:
        column = case.column(limit.point)
        found = spells(recording, column, low=limit.low, high=limit.high, deadband=limit.deadband)
        assert 2 <= len(found) <= 400, (limit.rule, len(found))
