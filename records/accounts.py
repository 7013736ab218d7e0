"""Rows of accounts, inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from records.access import Role, User, name_key
from records.errors import LastOperatorError, UserNameError
from records.schema import account

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def users_exist(connection: Connection) -> bool:
    """Whether anybody has an account."""
    return connection.execute(select(account.c.key).limit(1)).first() is not None


def insert_account(connection: Connection, name: str, role: Role, hashed: str, now_ns: int) -> User:
    """Create an account; raises UserNameError if the name is taken."""
    key = name_key(name)
    if connection.execute(select(account.c.key).where(account.c.key == key)).first() is not None:
        raise UserNameError(f"the user name {name!r} is taken: choose another")
    user = User(name, role, disabled=False, created_ns=now_ns)
    connection.execute(
        insert(account).values(
            key=key, name=name, role=role, password_hash=hashed, disabled=False, created_ns=now_ns
        )
    )
    return user


def account_named(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    """The account of a name; raises UserNameError."""
    row = connection.execute(select(account).where(account.c.key == name_key(name))).one_or_none()
    if row is None:
        raise UserNameError(f"nobody is called {name[:64]!r}")
    return row


def change_account(connection: Connection, key: str, **values: object) -> None:
    """Change columns of one account."""
    connection.execute(update(account).where(account.c.key == key).values(**values))


def leave_an_operator(connection: Connection, row: Row[tuple[object, ...]]) -> None:
    """Raise LastOperatorError if nobody else could change anything without this account."""
    others = connection.execute(
        select(func.count())
        .select_from(account)
        .where(account.c.role == Role.OPERATOR, account.c.disabled.is_(False))
        .where(account.c.key != row.key)
    ).scalar_one()
    if others == 0 and row.role is Role.OPERATOR:
        raise LastOperatorError(
            f"{row.name} is the last operator: make somebody else an operator first"
        )
