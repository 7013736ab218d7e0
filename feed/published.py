"""What is published, to how many decimals, and what the public calls it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from telemetry.kinds import FACTS, Kind
from telemetry.places import Sampling
from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class PublishedKind:
    """One kind of quantity as the public sees it.

    Attributes:
        title: what it is called.
        decimals: of published values; coarser than what operators see.
    """

    title: Text
    decimals: int


PUBLISHED: dict[Kind, PublishedKind] = {
    Kind.FREE_CHLORINE: PublishedKind(Text("游离氯（余氯）", "Free chlorine"), 2),
    Kind.TOTAL_CHLORINE: PublishedKind(Text("总氯", "Total chlorine"), 2),
    Kind.CHLORINE_DIOXIDE: PublishedKind(Text("二氧化氯", "Chlorine dioxide"), 2),
    Kind.TURBIDITY: PublishedKind(Text("浑浊度", "Turbidity"), 2),
    Kind.PH: PublishedKind(Text("pH", "pH"), 2),
    Kind.TOC: PublishedKind(Text("总有机碳", "Total organic carbon"), 2),
    Kind.CONDUCTIVITY: PublishedKind(Text("电导率", "Conductivity"), 0),
    Kind.TEMPERATURE: PublishedKind(Text("水温", "Water temperature"), 1),
    Kind.PRESSURE: PublishedKind(Text("管网压力", "Network pressure"), 2),
}
"""In the order in which they are shown. Decimals as utilities in China publish them: turbidity,
residual disinfectant and pH to 0.01, pressure to 0.01 MPa."""

WATERS: dict[Sampling, Text] = {
    Sampling.WORKS: Text("出厂水", "Water leaving the works"),
    Sampling.NETWORK: Text("管网水", "Water in the network"),
    Sampling.END: Text("末梢水", "Water at the ends of the network"),
    Sampling.SECONDARY: Text("二次供水", "Water from building supply stations"),
}
"""The kinds of drinking water, in the order in which they are shown. Raw water is not among
them: nobody drinks it, and the limits of drinking water do not apply to it."""


class Withheld(StrEnum):
    """Why there is no value. That a value is bad for us is never a reason."""

    MAINTENANCE = "maintenance"
    NO_DATA = "no_data"
    NO_CONNECTION = "no_connection"
    INSTRUMENT_FAULT = "instrument_fault"
    NOT_MEASURED = "not_measured"
    TOO_FEW = "too_few"
    FEED_INTERRUPTED = "feed_interrupted"


REASONS: dict[Withheld, Text] = {
    Withheld.MAINTENANCE: Text("维护中", "Under maintenance"),
    Withheld.NO_DATA: Text("暂无数据", "No data"),
    Withheld.NO_CONNECTION: Text("暂无数据（通信中断）", "No data (connection lost)"),
    Withheld.INSTRUMENT_FAULT: Text("暂无数据（仪表故障）", "No data (instrument fault)"),
    Withheld.NOT_MEASURED: Text("暂无数据（非实测值）", "No data (set by hand, not measured)"),
    Withheld.TOO_FEW: Text("暂无数据（有效数据不足）", "No data (too few valid readings)"),
    Withheld.FEED_INTERRUPTED: Text("暂无数据（发布中断）", "No data (publication interrupted)"),
}


class Remark(StrEnum):
    """What must be said beside a value."""

    OUTSIDE = "outside_limit"
    OUTSIDE_BEFORE_ROUNDING = "outside_limit_before_rounding"


REMARKS: dict[Remark, Text] = {
    Remark.OUTSIDE: Text("超出限值，待复核", "outside the limit, to be confirmed"),
    Remark.OUTSIDE_BEFORE_ROUNDING: Text(
        "修约前超出限值，待复核", "outside the limit before rounding, to be confirmed"
    ),
}


def rounded(value: float, decimals: int) -> float:
    """A value as it is published: to the nearest, and from the middle to the even digit.

    The rule of GB/T 8170 (四舍六入五成双), on the number as it is written, not on its binary form.
    """
    step = Decimal(1).scaleb(-decimals)
    # Adding 0.0 turns a rounded -0.0 into 0.0.
    return float(Decimal(repr(value)).quantize(step, ROUND_HALF_EVEN)) + 0.0


def unit_of(kind: Kind) -> str:
    """The unit of published values; pH has none."""
    return "" if kind is Kind.PH else FACTS[kind].unit
