"""Line protocol, written from columns.

One line a sample, ``pressure,device=pump1,point=…,site=…,zone=… value=0.31,quality=0i <ns>``.
The value is written only where there is one: not BAD and finite. Everything that does not
change from sample to sample is made once for each point, and all numbers of a batch are turned
into text in one go: a call for each sample would cost more than all the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import orjson

from historian.influx.errors import LineError
from telemetry.quality import Severity, quality, severities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.naming import SeriesName
    from telemetry.batch import Batch

_BESIDE_VALUE = [b",quality=%di " % code for code in range(256)]
_ALONE = [b"quality=%di " % code for code in range(256)]
_MEASUREMENT_SPECIAL = re.compile(r"([, ])")
_TAG_SPECIAL = re.compile(r"([,= ])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class LineEncoder:
    """Writes the samples of one point table.

    Args:
        names: the series of each point, by index.

    Raises:
        LineError: a name cannot be written so that every server reads the same name back.
    """

    def __init__(self, names: Sequence[SeriesName]) -> None:
        heads = [_head(name) for name in names]
        self._bad = heads
        self._usable = [head + b"value=" for head in heads]

    def encode(self, batch: Batch) -> bytes:
        """The lines of a batch, each with a line feed at its end.

        Args:
            batch: indices must lie in the table.
        """
        n = len(batch)
        if not n:
            return b""
        points = batch.point.tolist()
        codes = batch.quality.tolist()
        pieces = [b""] * (4 * n + 1)
        pieces[0:-1:4] = map(self._usable.__getitem__, points)
        pieces[1:-1:4] = _texts(batch.value)
        pieces[2:-1:4] = map(_BESIDE_VALUE.__getitem__, codes)
        pieces[3:-1:4] = _texts(batch.time)
        for row in np.flatnonzero(~has_value(batch)).tolist():
            pieces[4 * row : 4 * row + 3] = self._bad[points[row]], b"", _ALONE[codes[row]]
        pieces[0] = pieces[0][1:]  # every line begins with the end of the one before it
        pieces[-1] = b"\n"
        return b"".join(pieces)


def has_value(batch: Batch) -> NDArray[np.bool_]:
    """Which samples are written with a value: ``bool[n]``."""
    usable: NDArray[np.bool_] = severities(batch.quality) < Severity.BAD
    return usable & np.isfinite(batch.value)


LEAST_BAD = quality(Severity.BAD)
"""Quality bytes from this one on are BAD, or mean nothing."""


def _texts(column: NDArray[np.float64] | NDArray[np.int64]) -> list[bytes]:
    """The shortest texts that read back as the same numbers."""
    row = np.ascontiguousarray(column)
    return orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _head(name: SeriesName) -> bytes:
    """The end of the line before, measurement, tags, and the blank in front of the fields."""
    tags = "".join(f",{key}={_tag(value, name)}" for key, value in name.tags().items())
    return f"\n{_measurement(name)}{tags} ".encode()


def _measurement(name: SeriesName) -> str:
    if not name.measurement or name.measurement.startswith("#"):
        raise LineError(
            f"point {name.point!r} has the measurement {name.measurement!r}: line protocol needs "
            "one that is not empty and does not begin with #, which would make it a comment"
        )
    return _MEASUREMENT_SPECIAL.sub(r"\\\1", _plain(name.measurement, name))


def _tag(value: str, name: SeriesName) -> str:
    return _TAG_SPECIAL.sub(r"\\\1", _plain(value, name))


def _plain(text: str, name: SeriesName) -> str:
    r"""``text``, if every server reads it back as it is.

    Line protocol has no escape for a backslash: at the end of a name it would swallow what
    follows, and before another backslash InfluxDB 1.x and 3.x do not read the same. A name that
    needs one is refused rather than written as another name.
    """
    if _CONTROL.search(text) or "\\" in text:
        raise LineError(
            f"{text!r} of point {name.point!r} cannot be written as line protocol: names hold no "
            "control characters (line ends, tabs) and no backslash; rename it"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise LineError(
            f"{text!r} of point {name.point!r} cannot be written as line protocol: "
            "it is not valid Unicode; rename it"
        ) from None
    return text
