"""The same values as a table that a spreadsheet opens.

UTF-8 with a byte-order mark: without it Excel on a Chinese Windows takes the file for GB 18030
and shows Chinese as nonsense; Python reads it with ``encoding="utf-8-sig"``. Text that a
spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from feed.shape import ROW
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feed.shape import DaySeries, Latest, Value

BYTE_ORDER_MARK = "\ufeff"
COLUMNS: dict[str, Text] = {
    "from": Text("起始时间", "begin of the interval"),
    "to": Text("结束时间", "end of the interval"),
    "district": Text("区域代码", "district"),
    "district_zh": Text("区域", "district in Chinese"),
    "water": Text("水样类别", "kind of water"),
    "kind": Text("指标", "quantity"),
    "value": Text("数值（各站均值的中位数）", "value: median of the stations' means"),
    "min": Text("各站最低均值", "lowest station mean"),
    "max": Text("各站最高均值", "highest station mean"),
    "unit": Text("单位", "unit"),
    "stations": Text("参与站数", "stations that contributed"),
    "stations_total": Text("总站数", "stations in all"),
    "stations_outside": Text("超限站数（修约前比较）", "stations outside, before rounding"),
    "limit_low": Text("限值下限", "lower limit"),
    "limit_high": Text("限值上限", "upper limit"),
    "limit_source": Text("限值来源", "source of the limit"),
    "limit_verified": Text("限值已与原文核对", "limit compared with the original text"),
    "within_limit": Text("在限值内", "within the limit"),
    "remark": Text("备注代码", "remark code"),
    "provisional": Text("未经复核", "provisional"),
    "method": Text("测量方式", "method"),
    "validated_share": Text("有效读数比例", "share of valid readings"),
    "data_capture": Text("数据获取率", "data capture"),
    "reason": Text("无数值的原因代码", "reason code where there is no value"),
}

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def head() -> bytes:
    """Byte-order mark and the names of the columns."""
    return BYTE_ORDER_MARK.encode() + _written([list(COLUMNS)])


def value_lines(values: Iterable[Value], titles: Mapping[str, str]) -> bytes:
    """One line for each value.

    Args:
        values: of one interval.
        titles: of the districts, in Chinese, by name.
    """
    return _written(
        _line(titles, value, value.model_dump(mode="json", by_alias=True)) for value in values
    )


def series_lines(series: Sequence[DaySeries], titles: Mapping[str, str]) -> bytes:
    """One line for each value of a day, in the order in which they were published."""
    cells = [(one, dict(zip(ROW, row, strict=True))) for one in series for row in one.rows]
    cells.sort(key=lambda pair: datetime.fromisoformat(str(pair[1]["from"])))
    return _written(_line(titles, one, row) for one, row in cells)


def latest_table(latest: Latest) -> bytes:
    """The newest interval as a CSV file."""
    titles = {district.name: district.title.zh for district in latest.districts}
    return head() + value_lines(latest.values, titles)


def _line(titles: Mapping[str, str], of: Value | DaySeries, row: Mapping[str, Any]) -> list[str]:
    limit = of.limit
    cells: dict[str, Any] = {
        **row,
        "district": of.district,
        "district_zh": titles.get(of.district, of.district),
        "water": of.water,
        "kind": of.kind,
        "unit": of.unit,
        "limit_low": None if limit is None else limit.low,
        "limit_high": None if limit is None else limit.high,
        "limit_source": None if limit is None else limit.source,
        "limit_verified": None if limit is None else limit.verified,
        "provisional": of.provisional,
        "method": of.method,
    }
    cells |= {name: _number(row[name], of.decimals) for name in ("value", "min", "max")}
    return [_cell(cells[name]) for name in COLUMNS]


def _number(value: float | None, decimals: int) -> str | None:
    """With all its decimals: 0.50, not 0.5."""
    return None if value is None else f"{value:.{decimals}f}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers stay what they are."""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
