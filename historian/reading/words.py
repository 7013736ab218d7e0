"""Qualities as words."""

from __future__ import annotations

from telemetry.quality import Reason, Severity

SEVERITY_WORDS = tuple(severity.word for severity in Severity)
"""By severity."""

_KNOWN = {reason.value: reason.word for reason in Reason}

REASON_BITS = 6
REASON_WORDS = tuple(_KNOWN.get(code, f"reason_{code}") for code in range(2**REASON_BITS))
"""By reason; a newer program may have written one that this one has no word for."""
