"""People: accounts, logins, the first start, and programs that act for them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from records.access import (
    AccessEnded,
    Denied,
    EndReason,
    LockedOut,
    Role,
    Session,
    User,
    clean_name,
    clean_password,
    name_key,
    new_token,
    token_hash,
)
from records.accounts import (
    account_named,
    change_account,
    insert_account,
    leave_an_operator,
    users_exist,
)
from records.ended import EndedLogins
from records.errors import SetupLinkError
from records.lockout import LoginLimits
from records.logins import ProgramTokens, Sessions
from records.passwords import PasswordHashes
from records.schema import account, setup_link
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Row

    from records.access import Identity
    from records.database import Database
    from records.settings import AccessSettings


class Users:
    """Every method blocks (hashing a password takes 50 ms and more); any thread may call it.

    Times are those of the real clock, also where the city's time runs faster: a login of twelve
    hours lasts twelve hours of the person's day.

    Attributes:
        programs: bearer tokens of programs.
    """

    def __init__(self, database: Database, settings: AccessSettings) -> None:
        self._database = database
        self._settings = settings
        self._hashes = PasswordHashes(settings)
        self._limits = LoginLimits(settings)
        self._ended = EndedLogins()
        self._sessions = Sessions(database, self._ended, settings)
        self.programs = ProgramTokens(database, self._ended)

    # Accounts

    def create(self, name: str, role: Role, password: str, now_ns: int) -> User:
        """Create an account.

        Raises:
            UserNameError: taken, or cannot be a name.
            PasswordPolicyError: the password is refused.
        """
        name = clean_name(name)
        hashed = self._hashes.make(clean_password(password, name))
        with self._database.write() as connection:
            return insert_account(connection, name, role, hashed, now_ns)

    def list(self) -> list[User]:
        """All accounts by name, disabled ones included."""
        with self._database.read() as connection:
            rows = connection.execute(select(account).order_by(account.c.key))
            return [User(row.name, row.role, row.disabled, row.created_ns) for row in rows]

    def disable(self, name: str) -> None:
        """Disable an account and end its logins.

        Raises:
            UserNameError: no such account.
            LastOperatorError: nobody would be left who may change anything.
        """
        with self._database.write() as connection:
            row = account_named(connection, name)
            leave_an_operator(connection, row)
            change_account(connection, row.key, disabled=True)
            gone = self._sessions.remove_all(connection, row.key)
        self._ended.announce(gone, EndReason.DISABLED)

    def enable(self, name: str) -> None:
        """Let a disabled account log in again; raises UserNameError."""
        with self._database.write() as connection:
            change_account(connection, account_named(connection, name).key, disabled=False)

    def set_role(self, name: str, role: Role) -> None:
        """Change what an account may do and end its logins, so that the change holds at once.

        Raises:
            UserNameError: no such account.
            LastOperatorError: nobody would be left who may change anything.
        """
        with self._database.write() as connection:
            row = account_named(connection, name)
            if row.role is role:
                return
            if role is not Role.OPERATOR:
                leave_an_operator(connection, row)
            change_account(connection, row.key, role=role)
            gone = self._sessions.remove_all(connection, row.key)
        self._ended.announce(gone, EndReason.ROLE_CHANGED)

    def set_password(self, name: str, password: str, *, keep_login: str = "") -> None:
        """Change a password and end the account's logins.

        Args:
            name: whose.
            password: the new one.
            keep_login: the :attr:`~records.access.Identity.login` of the person who changes the
                own password and stays logged in.

        Raises:
            UserNameError: no such account.
            PasswordPolicyError: the password is refused.
        """
        hashed = self._hashes.make(clean_password(password, name))
        with self._database.write() as connection:
            key = account_named(connection, name).key
            change_account(connection, key, password_hash=hashed)
            gone = self._sessions.remove_all(connection, key, keep=keep_login)
        self._ended.announce(gone, EndReason.PASSWORD_CHANGED)

    # Logins

    def authenticate(
        self, name: str, password: str, now_ns: int, address: str
    ) -> Session | LockedOut | Denied:
        """Log in.

        Args:
            name: as typed.
            password: as typed.
            now_ns: real time, ns UTC.
            address: network address of the client.

        Returns:
            The new login; or that the account or address must wait; or that it was wrong.
        """
        with self._database.write() as connection:
            locked = self._limits.attempt(connection, name, address, now_ns)
            if locked is not None:
                return locked
            kept = connection.execute(
                select(account.c.key, account.c.password_hash).where(
                    account.c.key == name_key(name), account.c.disabled.is_(False)
                )
            ).one_or_none()
        # Outside of the transaction: a hash takes long and others want to write.
        cleaned = _as_typed(password)
        if not self._hashes.match(kept.password_hash if kept else None, cleaned) or kept is None:
            return Denied()
        return self._open(kept, cleaned, now_ns, address)

    def _open(
        self, kept: Row[Any, Any], password: str, now_ns: int, address: str
    ) -> Session | Denied:
        fresh = None
        if self._hashes.outdated(kept.password_hash):
            fresh = self._hashes.make(password)
        with self._database.write() as connection:
            # Somebody may have disabled the account or changed its password meanwhile.
            same = connection.execute(
                select(account.c.key).where(
                    account.c.key == kept.key,
                    account.c.password_hash == kept.password_hash,
                    account.c.disabled.is_(False),
                )
            ).one_or_none()
            if same is None:
                return Denied()
            if fresh is not None:
                change_account(connection, kept.key, password_hash=fresh)
            self._limits.succeeded(connection, kept.key, address)
            return self._sessions.open(connection, kept.key, address, now_ns)

    def identify(self, token: str, now_ns: int) -> Identity | None:
        """Who logged in with this token, or None; using it keeps the login alive."""
        return self._sessions.identify(token, now_ns)

    def log_out(self, token: str) -> None:
        """End a login; one that has ended already is no error."""
        self._sessions.end(token)

    def end_overdue(self, now_ns: int) -> int:
        """End every login that was idle too long and every expired token; returns how many."""
        return self._sessions.end_idle(now_ns) + self.programs.end_expired(now_ns)

    def valid_logins(self, now_ns: int) -> frozenset[str]:
        """The :attr:`~records.access.Identity.login` of all logins and tokens that are valid.

        Live sockets are compared with this now and then: another process, such as the command
        line, may have ended a login, and :meth:`on_ended` cannot tell.
        """
        return self._sessions.valid(now_ns) | self.programs.valid(now_ns)

    def on_ended(self, listener: Callable[[AccessEnded], None]) -> Callable[[], None]:
        """Be told of ended logins, in the thread that ended them; returns how to leave."""
        return self._ended.listen(listener)

    # The first start

    def setup_token(self, now_ns: int) -> str | None:
        """The secret of a new one-time link for the first user; None once there is a user.

        An earlier link stops working: whoever starts the service has the one that counts.
        """
        token = new_token()
        with self._database.write() as connection:
            if users_exist(connection):
                return None
            connection.execute(delete(setup_link))
            expires_ns = now_ns + int(self._settings.setup_link_s * SECOND)
            connection.execute(
                insert(setup_link).values(token_hash=token_hash(token), expires_ns=expires_ns)
            )
        return token

    def redeem_setup(
        self, token: str, name: str, password: str, now_ns: int, address: str
    ) -> Session:
        """Create the first user, an operator, and log in.

        Raises:
            SetupLinkError: used, expired, replaced or not needed any more.
            UserNameError, PasswordPolicyError: refused; the link stays valid.
        """
        name = clean_name(name)
        cleaned = clean_password(password, name)
        # Looked at before hashing, so that a wrong link costs an attacker's time and not ours.
        with self._database.read() as connection:
            _check_setup(connection, token, now_ns)
        hashed = self._hashes.make(cleaned)
        with self._database.write() as connection:
            _check_setup(connection, token, now_ns)
            connection.execute(delete(setup_link))
            insert_account(connection, name, Role.OPERATOR, hashed, now_ns)
            return self._sessions.open(connection, name_key(name), address, now_ns)


def _as_typed(password: str) -> str:
    """Cut what no password can be, and spell the rest as when it was set."""
    return unicodedata.normalize("NFKC", password[:1024])


def _check_setup(connection: Connection, token: str, now_ns: int) -> None:
    valid = connection.execute(
        select(setup_link.c.expires_ns).where(
            setup_link.c.token_hash == token_hash(token), setup_link.c.expires_ns > now_ns
        )
    ).first()
    if valid is None or users_exist(connection):
        raise SetupLinkError(
            "this setup link is not valid any more: it works once, for the first user, for a "
            "limited time; restart the service for a new one, or ask an operator for an account"
        )
