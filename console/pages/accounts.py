"""The data accounts: where every sample went, and how journal and stores stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.ports import SinkCondition
from console.wording import NO_VALUE, size
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.ports import HistoryState, SinkRow
    from console.wording import Wording
    from telemetry.accounting import PathFigures


REASONS = (
    *("disk_full", "disk_error", "journal_full", "journal_damaged", "intake", "stopped"),
    *("unknown_point", "time", "quality", "topic", "oversize", "malformed", "too_deep"),
    *("identity", "unknown_meter", "future", "past", "history", "duplicate"),
    *("refused", "retention"),
    *("slow screen", "screen left"),
)
"""Why samples are rejected or dropped, as the accounts call it; what needs a person first."""


@dataclass(frozen=True, slots=True)
class PathLine:
    """One path's figures.

    Attributes:
        rejected, dropped: counts with their reasons in words.
        missing: what no figure explains, 0 when the identity holds.
        verdict: whether it adds up, in words.
    """

    name: str
    received: int
    stored: int
    buffered: int
    rejected: str
    dropped: str
    missing: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """All paths together.

    Attributes:
        paths: those that do not add up first, then those that lost something.
        missing: unexplained samples of all paths.
        verdict: one plain sentence.
        reasons: for which something was rejected or dropped, as the accounts call them.
    """

    paths: tuple[PathLine, ...]
    missing: int
    verdict: str
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class SinkLine:
    """A store in words."""

    name: str
    condition: str
    well: bool
    reason: str
    waiting: int
    behind: str


@dataclass(frozen=True, slots=True)
class HistoryLines:
    """Journal and stores in words.

    Attributes:
        warning: what somebody should know now, or the empty string.
        share: of the journal's room that is used, 0 to 1.
    """

    warning: str
    share: float
    journal: str
    left: str
    reserve: str
    stored: str
    quarantined: int
    backup: str
    sinks: tuple[SinkLine, ...]


def accounts(paths: Mapping[str, PathFigures], wording: Wording) -> Accounts:
    """The accounts of all paths.

    Args:
        paths: their figures.
        wording: in which language.
    """
    lines = [_path(name, path, wording) for name, path in paths.items()]
    lines.sort(key=lambda line: (line.missing == 0, not (line.rejected or line.dropped), line.name))
    missing = sum(abs(line.missing) for line in lines)
    lost = [counts for path in paths.values() for counts in (path.rejected, path.dropped)]
    return Accounts(
        paths=tuple(lines),
        missing=missing,
        verdict=wording("verdict.all") if missing == 0 else wording("verdict.some", n=missing),
        reasons=frozenset(reason for counts in lost for reason, n in counts.items() if n),
    )


def _path(name: str, path: PathFigures, wording: Wording) -> PathLine:
    return PathLine(
        name=name,
        received=path.received,
        stored=path.stored,
        buffered=path.buffered,
        rejected=_losses(path.rejected, wording),
        dropped=_losses(path.dropped, wording),
        missing=path.missing,
        verdict=wording("verdict.adds" if path.missing == 0 else "verdict.missing"),
    )


def _losses(counts: Mapping[str, int], wording: Wording) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return wording("script.comma").join(
        f"{wording.loss(reason)} {n:,}" for reason, n in ordered if n
    )


def history_lines(state: HistoryState, now_ns: int, wording: Wording) -> HistoryLines:
    """How journal and stores stand.

    Args:
        state: their figures.
        now_ns: city time.
        wording: in which language.
    """
    return HistoryLines(
        warning=warning(state, wording),
        share=min(1.0, state.journal_bytes / max(1, state.journal_most_bytes)),
        journal=wording(
            "journal.size", used=size(state.journal_bytes), most=size(state.journal_most_bytes)
        ),
        left=_left(state.seconds_left, wording),
        reserve=wording("journal.whole" if state.reserve_whole else "journal.used"),
        stored=_stored(state, wording),
        quarantined=state.quarantined,
        backup=_backup(state.backup_ns, now_ns, wording),
        sinks=tuple(_sinks(state.sinks, wording)),
    )


def warning(state: HistoryState, wording: Wording) -> str:
    """What somebody should know now: the journal fills, or its reserve is used up."""
    if not state.reserve_whole:
        return wording("journal.no_reserve")
    if state.soon_full:
        return wording("journal.warning", left=wording.remaining(state.seconds_left or 0.0))
    return ""


def _left(seconds: float | None, wording: Wording) -> str:
    if seconds is None:
        return wording("journal.steady")
    return wording("journal.left", left=wording.remaining(seconds))


def _stored(state: HistoryState, wording: Wording) -> str:
    if state.stored_bytes is None:
        return NO_VALUE
    return wording("journal.stored", size=size(state.stored_bytes), n=state.segments or 0)


def _backup(backup_ns: int | None, now_ns: int, wording: Wording) -> str:
    if backup_ns is None:
        return wording("journal.no_backup")
    age = wording.age(max(0, now_ns - backup_ns) / SECOND)
    return wording("journal.backup", time=wording.clock(backup_ns), age=age)


def _sinks(sinks: Iterable[SinkRow], wording: Wording) -> Iterable[SinkLine]:
    for sink in sinks:
        yield SinkLine(
            name=sink.name,
            condition=wording(f"sink.{sink.condition.value}"),
            well=sink.condition is SinkCondition.OK,
            reason=sink.reason,
            waiting=sink.waiting,
            behind=wording.age(sink.behind_s),
        )
