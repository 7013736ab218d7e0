"""How often one address may ask; pure: the time is an argument."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

_MOST_ADDRESSES = 20_000
"""Beyond it the one that asked longest ago is forgotten, which gives it a full bucket again."""

_GRAIN = 1e-6


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one address may still do.

    Attributes:
        limit: requests in a minute.
        remaining: at once, from now.
        reset_s: until all of them are there again.
        retry_s: when to come back; None when this request is allowed.
    """

    limit: int
    remaining: int
    reset_s: int
    retry_s: int | None


class RateLimiter:
    """A bucket of requests for each address, filled evenly over a minute.

    Args:
        per_minute: size of the bucket, >= 1.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._per_s = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def ask(self, address: str, now_s: float) -> Allowance:
        """Take one request out of the bucket of an address.

        Args:
            address: of the client; IPv6 networks of one household count as one.
            now_s: seconds that never go back.
        """
        name = _household(address)
        full, since = self._buckets.pop(name, (float(self._most), now_s))
        full = min(self._most, full + (now_s - since) * self._per_s)
        # Who comes back when told to finds a whole request, whatever the fractions add up to.
        allowed = full >= 1 - _GRAIN
        left = max(0.0, full - 1) if allowed else full
        self._buckets[name] = (left, now_s)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=self._most,
            remaining=int(left),
            reset_s=math.ceil((self._most - left) / self._per_s),
            retry_s=None if allowed else max(1, math.ceil((1 - left) / self._per_s)),
        )

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._buckets)


def _household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
