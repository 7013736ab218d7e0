"""The seam behind which time series are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from historian.entry import Entry
    from historian.queries import BucketQuery, Buckets, RangeQuery, Series
    from telemetry.batch import Batch


class Store(Protocol):
    """Keeps samples and answers questions about them.

    One task appends; any number may ask at the same time. Of several samples of one point with
    one time the one with the highest sequence is the sample: a correction replaces, a
    redelivery changes nothing.
    """

    async def append(self, entries: Sequence[Entry]) -> int:
        """Take entries in; their samples are seen by every question asked afterwards.

        Args:
            entries: with ascending sequences. One whose sequence is not above all that were
                given before is a redelivery and is left alone. May be empty.

        Returns:
            The sequence up to which the store no longer needs the journal: what is at or below
            it would be answered after a crash. 0 when there is nothing yet.

        Raises:
            StoreError: give the same entries again later; nothing is stored twice.
        """
        ...

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Answer a question about one point.

        Raises:
            QueryError: the point is not in the table.
            StoreError: the samples cannot be read now.
        """
        ...

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point by its own time; late samples never move it back.

        Args:
            points: ``int32[k]``, indices into the point table.

        Returns:
            ``k`` rows in the order asked for. A point never seen has time 0, NaN and
            BAD(waiting).

        Raises:
            QueryError: a point is not in the table.
            StoreError: the samples cannot be read now.
        """
        ...

    async def prune(self, before_ns: int) -> None:
        """Forget the samples whose time is before ``before_ns``; :meth:`latest` keeps its own.

        Questions stop seeing them at once; the disk is given back as far as whole files allow.
        """
        ...
