"""What stands beside the values: how they are made, what the codes mean, on which terms; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feed.published import PUBLISHED, REASONS, REMARKS, WATERS, unit_of
from feed.shape import KindMeta, LimitMeta, Meta, Named
from feed.snapshot import limit_document, titled
from feed.table import COLUMNS
from feed.validation import Validation
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feed.plan import FeedPlan
    from feed.settings import FeedSettings

ROUNDING = Text(
    "数值按 GB/T 8170“四舍六入五成双”修约：余氯、浑浊度、pH 到 0.01，压力到 0.01 MPa。"
    "与限值的比较在修约之前进行：1.004 显示为 1.00，但会标明超出 1 的限值。",
    "Values are rounded half to even (GB/T 8170): chlorine, turbidity and pH to 0.01, pressure "
    "to 0.01 MPa. They are compared with the limit before rounding: 1.004 is shown as 1.00 and "
    "still marked as outside a limit of 1.",
)

_HOW = (
    Text(
        "数据来自在线仪表，按区域和水样类别发布，不公布站点名称和位置。",
        "Values come from online instruments and are published by district and kind of water, "
        "without names or positions of stations.",
    ),
    Text(
        "只采用质量为“良好”的实测读数；每时段内一站的有效读数须占收到读数的 {share:.0%} 以上，"
        "并覆盖 {capture:.0%} 以上的时间，否则不发布该站。仪表维护期间的读数不采用；"
        "数值高低从不影响是否发布。",
        "Only measured readings of good quality count. Of a station's readings in an interval at "
        "least {share:.0%} must be valid, and they must cover at least {capture:.0%} of its time; "
        "otherwise the station is left out. Readings taken while somebody works on the instruments "
        "do not count; how large a reading is never decides whether it is published.",
    ),
    Text(
        "每站取时段均值；一个区域有多站时，发布各站均值的中位数，并列出最低、最高和站数。",
        "Each station's readings are averaged over the interval; where a district has several "
        "stations, the median of their means is shown with the lowest, the highest and the number "
        "of stations.",
    ),
    Text(
        "任何一站的均值超出限值，即标明超出限值。",
        "If the mean of any one station is outside its limit, the value is marked as outside.",
    ),
    Text(
        "没有有效数据时显示原因，绝不沿用上一时段的数值。",
        "Where there is nothing valid the reason is shown, never the last number.",
    ),
    Text(
        "所有在线数据均未经实验室复核；国家标准以实验室检测结果判定。",
        "All online values are provisional: the national standard judges laboratory samples.",
    ),
    Text(
        "压力为管网测压点读数，不是用户表前压力。",
        "Pressure is that at measuring points of the network, not at the customer's meter.",
    ),
)


def how_values_are_made(rules: Validation) -> tuple[Text, ...]:
    """How a value comes about, a sentence a step."""
    return tuple(text.format(share=rules.least_share, capture=rules.least_capture) for text in _HOW)


def build_meta(plan: FeedPlan, settings: FeedSettings, speed: float = 1.0) -> Meta:
    """The document beside the values.

    Args:
        plan: what is published.
        settings: delay, interval, licence.
        speed: city seconds per real second; of a demo.
    """
    kinds = {group.kind for group in plan.groups}
    return Meta(
        title=titled(plan.title),
        timezone=plan.timezone.key,
        delay_s=settings.delay_s,
        interval_s=settings.interval_s,
        history_days=settings.history_days,
        refresh_s=settings.interval_s / speed,
        licence=titled(settings.licence),
        rounding=titled(ROUNDING),
        how=tuple(titled(text) for text in how_values_are_made(Validation())),
        districts=_named((d.name, d.title) for d in plan.districts),
        waters=_named(WATERS.items()),
        kinds=tuple(
            KindMeta(
                name=kind.value,
                title=titled(facts.title),
                unit=unit_of(kind),
                decimals=facts.decimals,
            )
            for kind, facts in PUBLISHED.items()
            if kind in kinds
        ),
        limits=_limits(plan),
        reasons=_named(REASONS.items()),
        remarks=_named(REMARKS.items()),
        columns=_named(COLUMNS.items()),
    )


def _named(texts: Iterable[tuple[str, Text]]) -> tuple[Named, ...]:
    return tuple(Named(name=str(name), title=titled(text)) for name, text in texts)


def _limits(plan: FeedPlan) -> tuple[LimitMeta, ...]:
    found = []
    for group in plan.groups:
        limit = limit_document(group.limit)
        if limit is not None:
            found.append(LimitMeta(water=group.water.value, kind=group.kind.value, limit=limit))
    return tuple(one for index, one in enumerate(found) if one not in found[:index])
