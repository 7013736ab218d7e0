"""Which points the indices in a segment mean, also after points were added or removed.

``tables/<fingerprint>`` beside the segments holds the names of one table in order, one a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.journal.disk import replace_file, sync_directory

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from telemetry.points import PointTable


def keep_table(directory: Path, points: PointTable) -> None:
    """Write the names of ``points`` down, so that a later table can be mapped to them."""
    directory.mkdir(exist_ok=True)
    path = directory / points.fingerprint
    if not path.exists():
        replace_file(path, "".join(f"{point.name}\n" for point in points))
        sync_directory(directory)


def mapping_from(directory: Path, fingerprint: str, points: PointTable) -> NDArray[np.int32] | None:
    """How indices of the table ``fingerprint`` become indices of ``points``.

    Returns:
        ``int32[m]`` with -1 for points that are gone, or None when nobody knows that table.
    """
    path = directory / fingerprint
    if not path.exists():
        return None
    names = path.read_text(encoding="utf-8").splitlines()
    return np.array([points.index(n) if n in points else -1 for n in names], dtype=np.int32)
