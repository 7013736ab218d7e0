"""Live values on their way to the screens: a slow screen skips seconds, it never queues.

Once a real second the hub cuts one frame per subscription out of the snapshot and offers it.
An offer replaces the frame that has not been sent yet; what was replaced is counted as
``dropped{slow screen}``. Alarm news is never replaced: it is merged by alarm, so its size is
bounded by the number of alarms, and beyond :data:`MOST_NEWS` the page is told to fetch the list.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from console.snapshot import Shown
    from telemetry.accounting import PathAccount
    from telemetry.points import PointTable

MOST_NEWS = 500
MOST_POINTS = 2_000
_MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Identity:
    """What a page compares after a reconnection.

    Attributes:
        boot: new with every start of the service.
        fingerprint: of the point table; an index means the same while it is equal.
        build: of the browser files; a page reloads only when this has changed.
    """

    boot: str
    fingerprint: str
    build: str


@dataclass(slots=True, eq=False)
class Subscription:
    """One screen: the points it shows and what has not been sent to it yet.

    Attributes:
        login: on which login it stands; it is closed when that ends.
        index: ``int32[m]`` the points it shows.
    """

    login: str
    index: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    _account: PathAccount | None = None
    _order: bytes | None = None
    _frame: bytes | None = None
    _samples: int = 0
    _news: dict[str, Any] = field(default_factory=dict)
    _counts: Mapping[str, Any] | None = None
    _ended: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def waiting(self) -> int:
        """Samples in the unsent frame."""
        return self._samples if self._frame is not None else 0

    def choose(self, index: NDArray[np.int32], order: bytes) -> None:
        """Show other points from now on.

        Args:
            index: ``int32[m]`` indices into the point table.
            order: the message that tells the page which value stands where.
        """
        self._discard("new choice")
        self.index, self._order = index, order
        self._wake.set()

    def offer(self, frame: bytes) -> None:
        """Replace the unsent frame."""
        self._discard("slow screen")
        self._frame, self._samples = frame, int(self.index.shape[0])
        if self._account is not None:
            self._account.receive(self._samples)
        self._wake.set()

    def announce(self, news: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
        """Add alarm news.

        Args:
            news: changed alarms by id, as they are sent.
            counts: of open alarms after the change.
        """
        self._news.update(news)
        self._counts = counts
        self._wake.set()

    def end(self) -> None:
        """The login has ended; nothing more is sent."""
        self._ended = True
        self._wake.set()

    async def next(self) -> bytes | None:
        """The next message, waiting for it: order first, then alarms, then values.

        Returns:
            None once the login has ended.
        """
        while not self._ended:
            if self._order is not None:
                message, self._order = self._order, None
                return message
            if self._counts is not None:
                return self._alarm_message()
            if self._frame is not None:
                return self._value_message()
            self._wake.clear()
            await self._wake.wait()
        return None

    def leave(self) -> None:
        """The screen is gone; account for what it did not get."""
        self._discard("screen left")

    def _alarm_message(self) -> bytes:
        news, counts = self._news, self._counts
        self._news, self._counts = {}, None
        changed = list(news.values()) if len(news) <= MOST_NEWS else None
        return orjson.dumps({"alarms": {"counts": counts, "changed": changed}})

    def _value_message(self) -> bytes:
        message, self._frame = self._frame, None
        if self._account is not None:
            self._account.store(self._samples)
        assert message is not None  # noqa: S101 - the caller has looked; this is for the type
        return message

    def _discard(self, reason: str) -> None:
        if self._frame is not None and self._account is not None:
            self._account.drop(self._samples, reason)
        self._frame = None


class Hub:
    """All screens.

    Args:
        points: the table.
        identity: sent to each screen with its order.
        open_account: opens the path account; it is given what measures the waiting samples.
    """

    def __init__(
        self,
        points: PointTable,
        identity: Identity,
        open_account: Callable[[Callable[[], int]], PathAccount],
    ) -> None:
        self._points = points
        self.identity = identity
        self._account = open_account(self._waiting)
        self._screens: set[Subscription] = set()
        self._scale = np.array([10.0 ** (p.decimals + 2) for p in points])

    def _waiting(self) -> int:
        return sum(screen.waiting for screen in self._screens)

    @property
    def screens(self) -> int:
        """Screens connected now."""
        return len(self._screens)

    def join(self, login: str) -> Subscription:
        """A new screen that shows nothing yet.

        Args:
            login: on which login it stands.
        """
        screen = Subscription(login, _account=self._account)
        self._screens.add(screen)
        return screen

    def leave(self, screen: Subscription) -> None:
        """A screen is gone."""
        screen.leave()
        self._screens.discard(screen)

    def end(self, logins: frozenset[str]) -> None:
        """Close the screens of logins that have ended."""
        for screen in self._screens:
            if screen.login in logins:
                screen.end()

    def choose(self, screen: Subscription, names: Sequence[str]) -> None:
        """Let a screen show these points; unknown names are left out of the order.

        Args:
            screen: from :meth:`join`.
            names: point names; those beyond :data:`MOST_POINTS` are left out.
        """
        order = [name for name in dict.fromkeys(names) if name in self._points][:MOST_POINTS]
        index = np.array([self._points.index(name) for name in order], dtype=np.int32)
        hello = {
            "boot": self.identity.boot,
            "fingerprint": self.identity.fingerprint,
            "build": self.identity.build,
            "order": order,
        }
        screen.choose(index, orjson.dumps(hello))

    def tick(self, shown: Shown) -> None:
        """Offer every screen its frame of this second."""
        value = np.round(shown.value * self._scale) / self._scale
        age_s = np.round(shown.age_s(), 1)
        for screen in self._screens:
            screen.offer(_frame(shown, value, age_s, screen.index))

    def announce(self, news: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
        """Tell every screen of changed alarms."""
        for screen in self._screens:
            screen.announce(news, counts)


def _frame(
    shown: Shown,
    value: NDArray[np.float64],
    age_s: NDArray[np.float64],
    index: NDArray[np.int32],
) -> bytes:
    """One frame: city time ``t`` (ms), values ``v``, qualities ``q``, ages ``a`` (s)."""
    return orjson.dumps(
        {
            "t": shown.now_ns // _MILLISECOND,
            "v": value[index],
            "q": shown.quality[index],
            "a": age_s[index],
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )
