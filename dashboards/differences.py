"""What would change on Grafana: ours against theirs, path by path; pure."""

from __future__ import annotations

from typing import Any

_MANY = 80
"""Longer values are cut in the middle."""


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where ``theirs`` is not as ours says, a line each.

    What Grafana or a person has added beside ours is no difference: Grafana fills in defaults
    of its own when it stores a dashboard. A null and an absent entry are the same.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key, value in ours.items()
            for line in differences(value, theirs.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(ours, list) and isinstance(theirs, list):
        return _of_lists(ours, theirs, path)
    if ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool):
        return []
    return [f"{path}: {_short(theirs)} → {_short(ours)}"]


def _of_lists(ours: list[Any], theirs: list[Any], path: str) -> list[str]:
    if len(ours) != len(theirs):
        return [f"{path}: {len(theirs)} entries → {len(ours)}"]
    return [
        line
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
        for line in differences(one, other, f"{path}[{_name(one, place)}]")
    ]


def _name(entry: Any, place: int) -> str:
    """What a person knows an entry by."""
    title = entry.get("title") if isinstance(entry, dict) else None
    return str(title or place)


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _MANY else f"{text[: _MANY // 2]}…{text[-_MANY // 2 :]}"
