"""Logins of people and tokens of programs; only hashes of them are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from records.access import (
    EndReason,
    Identity,
    ProgramToken,
    Role,
    Session,
    clean_name,
    login_id,
    new_token,
    token_hash,
)
from records.errors import TokenNameError
from records.schema import account, program_token, session
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from records.database import Database
    from records.ended import EndedLogins
    from records.settings import AccessSettings

# A login's last use is written once a minute at most, not with every request.
_SEEN_EVERY_NS = 60 * SECOND


class Sessions:
    """Logins of people."""

    def __init__(self, database: Database, ended: EndedLogins, settings: AccessSettings) -> None:
        self._database = database
        self._ended = ended
        self._idle_ns = int(settings.session_idle_s * SECOND)

    def open(self, connection: Connection, key: str, address: str, now_ns: int) -> Session:
        """Open a login for an account inside the caller's transaction."""
        user = connection.execute(
            select(account.c.name, account.c.role).where(account.c.key == key)
        ).one()
        token = new_token()
        hashed = token_hash(token)
        connection.execute(
            insert(session).values(
                token_hash=hashed,
                account=key,
                address=address[:64],
                created_ns=now_ns,
                seen_ns=now_ns,
            )
        )
        identity = Identity(user.name, user.role, login_id(hashed))
        return Session(token, identity, now_ns + self._idle_ns)

    def identify(self, token: str, now_ns: int) -> Identity | None:
        """Who logged in with this token, or None if the login has ended."""
        hashed = token_hash(token)
        with self._database.read() as connection:
            found = connection.execute(
                select(account.c.name, account.c.role, session.c.seen_ns)
                .join_from(session, account)
                .where(session.c.token_hash == hashed, account.c.disabled.is_(False))
            ).one_or_none()
        if found is None:
            return None
        if now_ns - found.seen_ns > self._idle_ns:
            return None
        if now_ns - found.seen_ns >= min(_SEEN_EVERY_NS, self._idle_ns // 2):
            self._seen(hashed, now_ns)
        return Identity(found.name, found.role, login_id(hashed))

    def _seen(self, hashed: str, now_ns: int) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(session)
                .where(session.c.token_hash == hashed, session.c.seen_ns < now_ns)
                .values(seen_ns=now_ns)
            )

    def end(self, token: str) -> None:
        """Log out; a token that is not valid any more is no error."""
        hashed = token_hash(token)
        with self._database.write() as connection:
            done = connection.execute(delete(session).where(session.c.token_hash == hashed))
        self._ended.announce([hashed] if done.rowcount else [], EndReason.LOGGED_OUT)

    def end_idle(self, now_ns: int) -> int:
        """End every login that was idle too long; returns how many."""
        idle = session.c.seen_ns < now_ns - self._idle_ns
        with self._database.write() as connection:
            gone = list(connection.scalars(select(session.c.token_hash).where(idle)))
            connection.execute(delete(session).where(idle))
        self._ended.announce(gone, EndReason.IDLE)
        return len(gone)

    def valid(self, now_ns: int) -> frozenset[str]:
        """Ids of the logins that have not ended."""
        fresh = session.c.seen_ns >= now_ns - self._idle_ns
        with self._database.read() as connection:
            found = connection.scalars(select(session.c.token_hash).where(fresh))
            return frozenset(login_id(hashed) for hashed in found)

    @staticmethod
    def remove_all(connection: Connection, key: str, *, keep: str = "") -> list[str]:
        """Remove an account's logins but the one with id ``keep``; returns their token hashes."""
        of_account = session.c.account == key
        found = connection.scalars(select(session.c.token_hash).where(of_account))
        gone = [hashed for hashed in found if login_id(hashed) != keep]
        connection.execute(delete(session).where(session.c.token_hash.in_(gone)))
        return gone


class ProgramTokens:
    """Bearer tokens of programs."""

    def __init__(self, database: Database, ended: EndedLogins) -> None:
        self._database = database
        self._ended = ended

    def create(self, name: str, role: Role, now_ns: int, expires_ns: int | None = None) -> str:
        """Make a token; it is returned this once and kept only as a hash.

        Args:
            name: what it is for, e.g. ``grafana``; unique.
            role: what it may do.
            now_ns: city time.
            expires_ns: end of its validity, or None.

        Raises:
            TokenNameError: a valid token of that name exists.
            UserNameError: the name cannot be one.
        """
        name = clean_name(name)
        token = new_token()
        with self._database.write() as connection:
            gone = self._remove_expired(connection, now_ns)
            taken = select(program_token.c.name).where(program_token.c.name == name)
            if connection.execute(taken).first() is not None:
                raise TokenNameError(f"a token {name!r} exists: revoke it first, or name another")
            connection.execute(
                insert(program_token).values(
                    token_hash=token_hash(token),
                    name=name,
                    role=role,
                    created_ns=now_ns,
                    expires_ns=expires_ns,
                )
            )
        self._ended.announce(gone, EndReason.TOKEN_EXPIRED)
        return token

    def identify(self, token: str, now_ns: int) -> Identity | None:
        """Which program this is, or None if the token is not valid."""
        hashed = token_hash(token)
        with self._database.read() as connection:
            found = connection.execute(
                select(program_token).where(program_token.c.token_hash == hashed)
            ).one_or_none()
        if found is None or (found.expires_ns is not None and found.expires_ns <= now_ns):
            return None
        return Identity(found.name, found.role, login_id(hashed))

    def revoke(self, name: str) -> None:
        """Make a token invalid.

        Raises:
            TokenNameError: there is none of that name.
        """
        of_name = program_token.c.name == name
        with self._database.write() as connection:
            gone = list(connection.scalars(select(program_token.c.token_hash).where(of_name)))
            connection.execute(delete(program_token).where(of_name))
        if not gone:
            raise TokenNameError(f"no token is called {name[:64]!r}")
        self._ended.announce(gone, EndReason.TOKEN_REVOKED)

    def list(self) -> list[ProgramToken]:
        """All tokens by name, expired ones included until :meth:`end_expired`."""
        columns = [program_token.c[c] for c in ("name", "role", "created_ns", "expires_ns")]
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).order_by(program_token.c.name))
            return [ProgramToken(**row) for row in rows.mappings()]

    def valid(self, now_ns: int) -> frozenset[str]:
        """Ids of the tokens that have not expired."""
        ends = program_token.c.expires_ns
        with self._database.read() as connection:
            found = connection.scalars(
                select(program_token.c.token_hash).where(ends.is_(None) | (ends > now_ns))
            )
            return frozenset(login_id(hashed) for hashed in found)

    def end_expired(self, now_ns: int) -> int:
        """Remove every token that has expired; returns how many."""
        with self._database.write() as connection:
            gone = self._remove_expired(connection, now_ns)
        self._ended.announce(gone, EndReason.TOKEN_EXPIRED)
        return len(gone)

    @staticmethod
    def _remove_expired(connection: Connection, now_ns: int) -> Sequence[str]:
        expired = program_token.c.expires_ns <= now_ns
        gone = connection.scalars(select(program_token.c.token_hash).where(expired)).all()
        connection.execute(delete(program_token).where(expired))
        return gone
