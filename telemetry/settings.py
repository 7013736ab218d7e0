"""The base of every settings type.

Each folder defines its own settings beside the code they serve; ``config/`` builds them from
the city's files and ``service/`` hands them in.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Immutable; a key that is not a field is an error, because it is a spelling mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")
