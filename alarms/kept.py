"""The engine's state as bytes, so that delays go on after a restart; pure.

Conditions are kept by name, so that they find themselves again after the rules have changed.
What is kept per point is used only with the same table of points.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alarms.bank import NEVER
from alarms.errors import BankStateError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from alarms.bank import RuleBank
    from records.alarm_rows import AlarmRow

_LAYOUT = 1
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, eq=False)
class KeptState:
    """What the engine knew when it was last sure that everything was journalled.

    Attributes:
        sequence: number of the last batch that had been evaluated, -1 for none.
        at_ns: city time.
        versions: the alarms open then, with their versions.
        lost: of these, those whose data were lost.
        fingerprint: of the table of points.
        condition: ``str[k]`` rule, point and level of each condition that was not at rest.
        active, since, value: ``[k]`` as in :class:`alarms.bank.BankState`.
        seen, newest, belief: ``[n]`` per point likewise.
    """

    sequence: int
    at_ns: int
    versions: dict[str, int]
    lost: frozenset[str]
    fingerprint: str
    condition: NDArray[np.str_]
    active: NDArray[np.bool_]
    since: NDArray[np.int64]
    value: NDArray[np.float64]
    seen: NDArray[np.int64]
    newest: NDArray[np.int64]
    belief: NDArray[np.uint8]


def write_state(
    bank: RuleBank, rows: Iterable[AlarmRow], lost: Iterable[str], sequence: int, at_ns: int
) -> bytes:
    """Put the state of the bank and the open alarms into bytes."""
    state = bank.state
    awake = np.flatnonzero(state.active | (state.since != NEVER))
    versions = {row.id: row.version for row in rows}
    body = io.BytesIO()
    np.savez(
        body,
        layout=_LAYOUT,
        sequence=sequence,
        at_ns=at_ns,
        fingerprint=bank.conditions.points.fingerprint,
        alarm=np.array(list(versions), dtype=np.str_),
        version=np.array(list(versions.values()), dtype=np.int64),
        lost=np.array(list(lost), dtype=np.str_),
        condition=np.array([_name(bank, int(c)) for c in awake], dtype=np.str_),
        active=state.active[awake],
        since=state.since[awake],
        value=state.value[awake],
        seen=state.seen,
        newest=state.newest,
        belief=state.belief,
    )
    return body.getvalue()


def _name(bank: RuleBank, condition: int) -> str:
    return _SEPARATOR.join(
        (*bank.conditions.key(condition), bank.conditions.level(condition).value)
    )


def read_state(body: bytes) -> KeptState:
    """Read what :func:`write_state` wrote.

    Raises:
        BankStateError: it is damaged, or of another version.
    """
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as kept:
            if int(kept["layout"]) != _LAYOUT:
                raise BankStateError(f"kept in layout {kept['layout']}, not {_LAYOUT}")
            alarms, versions = kept["alarm"].tolist(), kept["version"].tolist()
            return KeptState(
                sequence=int(kept["sequence"]),
                at_ns=int(kept["at_ns"]),
                versions=dict(zip(alarms, versions, strict=True)),
                lost=frozenset(kept["lost"].tolist()),
                fingerprint=str(kept["fingerprint"]),
                **{name: kept[name] for name in ("condition", "active", "since", "value")},
                **{name: kept[name] for name in ("seen", "newest", "belief")},
            )
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise BankStateError(
            f"the kept state of the alarm rules cannot be read ({error}); delays begin anew"
        ) from error


def restore(bank: RuleBank, kept: KeptState) -> None:
    """Put the bank where the kept state says it stood."""
    state = bank.state
    for name, active, since, value in zip(
        kept.condition.tolist(), kept.active, kept.since, kept.value, strict=True
    ):
        rule, point, level = name.split(_SEPARATOR)
        for condition in bank.conditions.of_key((rule, point)):
            if bank.conditions.level(condition) == level:
                state.active[condition] = active
                state.since[condition] = since
                state.value[condition] = value
    if kept.fingerprint == bank.conditions.points.fingerprint:
        state.seen[:] = kept.seen
        state.newest[:] = kept.newest
        state.belief[:] = kept.belief
