"""Who may do what, and what a login or a token is; types and pure rules."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from records.errors import PasswordPolicyError, UserNameError

_SHORTEST, _LONGEST = 10, 256


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"  # look
    OPERATOR = "operator"  # look, acknowledge, change

    def may(self, needed: Role) -> bool:
        """Whether this role includes ``needed``."""
        return self is Role.OPERATOR or needed is Role.VIEWER


@dataclass(frozen=True, slots=True)
class User:
    """An account, as lists show it."""

    name: str
    role: Role
    disabled: bool
    created_ns: int


@dataclass(frozen=True, slots=True)
class ProgramToken:
    """A bearer token of a program, as lists show it; the token itself is not kept."""

    name: str
    role: Role
    created_ns: int
    expires_ns: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind a request.

    Attributes:
        name: of the user or the program.
        role: what it may do.
        login: identifies the login (or program token) in :class:`AccessEnded`; no secret.
    """

    name: str
    role: Role
    login: str


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh login. The token is shown this once and kept only as a hash.

    Attributes:
        token: what the browser sends back; never in ``repr``.
        identity: who logged in.
        idle_until_ns: the login ends then unless it is used.
    """

    token: str = field(repr=False)
    identity: Identity
    idle_until_ns: int


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Too many failures; the password was not looked at.

    Attributes:
        until_ns: city time from which another attempt is heard.
    """

    until_ns: int


@dataclass(frozen=True, slots=True)
class Denied:
    """Wrong name or password, or the account is disabled; which of them is not said."""


class EndReason(StrEnum):
    """Why a login ended."""

    LOGGED_OUT = "logged_out"
    IDLE = "idle"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word for people, no password
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a word for people, no token
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a word for people, no token


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """Logins or program tokens that are no longer valid; their live sockets must be closed.

    Attributes:
        logins: the :attr:`Identity.login` of each.
    """

    logins: frozenset[str]
    reason: EndReason


def new_token() -> str:
    """A token nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random enough that a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_id(hashed: str) -> str:
    """A public name for the login behind a token's hash, useless for logging in."""
    return hashlib.sha256(b"login:" + hashed.encode()).hexdigest()[:32]


def clean_password(password: str, name: str) -> str:
    """The password in one spelling, so that another keyboard or input method gives the same.

    Raises:
        PasswordPolicyError: too short, too long, or the name itself.
    """
    cleaned = unicodedata.normalize("NFKC", password)
    if len(cleaned) < _SHORTEST:
        raise PasswordPolicyError(
            f"the password has {len(cleaned)} characters: use at least {_SHORTEST}; "
            "a few words in a row are easy to keep in mind"
        )
    if len(cleaned) > _LONGEST:
        raise PasswordPolicyError(f"the password is longer than {_LONGEST} characters: shorten it")
    if name_key(name) in cleaned.casefold() and len(cleaned) < len(name) + _SHORTEST // 2:
        raise PasswordPolicyError("the password is little more than the user name: use another")
    if len(set(cleaned)) < 4:
        raise PasswordPolicyError(
            "the password repeats the same few characters: use at least 4 different ones"
        )
    return cleaned


def clean_name(name: str) -> str:
    """A user's name in one spelling.

    Raises:
        UserNameError: empty, too long, or with characters that cannot be seen.
    """
    cleaned = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(cleaned) <= 64 or not cleaned.isprintable():
        raise UserNameError(
            f"{name[:64]!r} cannot be a user name: use 1 to 64 visible characters, e.g. 'wang.li'"
        )
    return cleaned


def name_key(name: str) -> str:
    """What must be unique of a name: ``Wang`` and ``wang`` are one person."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:64]
