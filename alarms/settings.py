"""Rules and channels as data.

A limit is never a constant of the code: it stands in a rule with its source, its edition and
whether somebody has compared it with the original text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from telemetry.kinds import Kind
from telemetry.places import Sampling, SiteKind
from telemetry.settings import Settings
from telemetry.text import Text


class Priority(StrEnum):
    """How soon somebody must act; shown by colour, shape and number alike."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def number(self) -> int:
        """1 for critical to 4 for low."""
        return list(Priority).index(self) + 1


class LeastQuality(StrEnum):
    """The worst quality a rule still believes."""

    GOOD = "good"
    UNCERTAIN = "uncertain"


class Measure(StrEnum):
    """What of a reading is compared with the limit."""

    AS_READ = "as_read"
    BEFORE_METER = "before_meter"  # carried to the customer meter's height, 表前压力


class Basis(Settings):
    """Where a limit comes from."""

    source: str = Field(min_length=1)
    edition: str = ""
    verified: bool = False
    note: str = ""


class Select(Settings):
    """Which points a rule watches: those that satisfy every list that is not empty.

    Attributes:
        points: names with ``*`` and ``?``, e.g. ``*.outlet.pressure``.
    """

    kind: tuple[Kind, ...] = ()
    site_kind: tuple[SiteKind, ...] = ()
    sampling: tuple[Sampling, ...] = ()
    zone: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


class Level(Settings):
    """One limit of a rule, in the canonical unit of the points' kind."""

    value: float
    priority: Priority


class _RuleBase(Settings):
    """What all rules have.

    Attributes:
        name: unique, part of every alarm's identity.
        title: what the operator reads; may hold ``{site}``, ``{point}``, ``{value}``,
            ``{limit}``, ``{unit}``.
        advice: what to do about it.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    title: Text
    advice: Text | None = None
    select: Select
    basis: Basis


class LimitRule(_RuleBase):
    """Rings when a value stays beyond a limit.

    Attributes:
        low_low, low, high, high_high: limits; at least one, in ascending order.
        deadband: how far back inside the limit a value must come to clear.
        on_delay_s, off_delay_s: how long it must be beyond, or back, in seconds.
        least_quality: samples worse than this neither ring nor clear.
    """

    type: Literal["limit"]
    measure: Measure = Measure.AS_READ
    low_low: Level | None = None
    low: Level | None = None
    high: Level | None = None
    high_high: Level | None = None
    deadband: float = Field(default=0.0, ge=0)
    on_delay_s: float = Field(default=0.0, ge=0)
    off_delay_s: float = Field(default=0.0, ge=0)
    least_quality: LeastQuality = LeastQuality.GOOD

    @model_validator(mode="after")
    def _limits_in_order(self) -> LimitRule:
        levels = [self.low_low, self.low, self.high, self.high_high]
        values = [level.value for level in levels if level is not None]
        if not values:
            raise ValueError("a limit rule needs at least one of low_low, low, high, high_high")
        if values != sorted(values):
            raise ValueError(f"limits must rise from low_low to high_high, got {values}")
        return self


class StaleRule(_RuleBase):
    """Rings when a point has had no new value for too long.

    Attributes:
        after_s: seconds; None takes each point's own expected interval.
    """

    type: Literal["stale"]
    priority: Priority
    after_s: float | None = Field(default=None, gt=0)


class BadQualityRule(_RuleBase):
    """Rings when a point's values have been BAD for some time: the instrument's alarm.

    Attributes:
        link_faults: ring also while nobody reaches the instrument. Without it such samples
            neither ring nor clear, and a dead link is left to a stale rule.
        on_delay_s, off_delay_s: how long they must be BAD, or not, in seconds.
    """

    type: Literal["bad_quality"]
    priority: Priority
    link_faults: bool = True
    on_delay_s: float = Field(default=60.0, ge=0)
    off_delay_s: float = Field(default=0.0, ge=0)


Rule = Annotated[LimitRule | StaleRule | BadQualityRule, Field(discriminator="type")]


class WebhookSettings(Settings):
    """A receiver of Alertmanager's webhook body, version 4.

    Attributes:
        url: where to post; a secret, because whoever knows it can post there.
        deadline_s: total time of one attempt.
        first_retry_s, most_retry_s: pauses between attempts, growing.
        give_up_s: a message that keeps failing is given up when it is older than this.
        least_priority: alarms of lower priority are not sent.
        allow_private: let the address resolve to loopback or private ranges.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    url: str = Field(repr=False)
    deadline_s: float = Field(default=10.0, gt=0)
    first_retry_s: float = Field(default=1.0, gt=0)
    most_retry_s: float = Field(default=300.0, gt=0)
    give_up_s: float = Field(default=86_400.0, gt=0)
    least_priority: Priority = Priority.LOW
    allow_private: bool = False


class AlarmSettings(Settings):
    """All rules and channels of a city."""

    rules: tuple[Rule, ...] = ()
    webhooks: tuple[WebhookSettings, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> AlarmSettings:
        for what, names in (
            ("rule", [rule.name for rule in self.rules]),
            ("webhook", [webhook.name for webhook in self.webhooks]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {what}s have one name: {', '.join(twice)}")
        return self
