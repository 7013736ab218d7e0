"""``baotu user``: accounts of people and tokens of programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from records.access import Role
from service.cli.streams import note, say, say_json
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from records.opening import Records

app = typer.Typer(
    help="Accounts of people and tokens of programs.\n\nExample: baotu user add li --role operator",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Data = Annotated[Path, typer.Option("--data", help="The service's data directory.")]
_DATA = Path("baotu-data")


def _open(data: Path) -> Records:
    from records.opening import open_records
    from service.places import records_file

    return open_records(records_file(data))


def _ask_password() -> str:
    """Ask twice on a terminal; take one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


@app.command("list")
def list_users(
    data: Data = _DATA,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the accounts.

    Example: baotu user list --data baotu-data
    """
    with _open(data) as records:
        users = records.users.list()
    if json:
        say_json([{"name": u.name, "role": u.role, "disabled": u.disabled} for u in users])
        return
    for user in users:
        say(f"{user.name:24} {user.role.value:10} {'disabled' if user.disabled else ''}".rstrip())
    if not users:
        note("nobody yet: open the one-time link that `baotu run` prints, or use `baotu user add`")


@app.command()
def add(
    name: str,
    role: Annotated[Role, typer.Option(help="viewer looks, operator acknowledges.")] = Role.VIEWER,
    data: Data = _DATA,
) -> None:
    """Add an account; the password is asked, or read as one line from a pipe.

    Example: baotu user add li --role operator --data baotu-data
    """
    password = _ask_password()
    with _open(data) as records:
        user = records.users.create(name, role, password, RealClock().now())
        records.audit.append(RealClock().now(), "command line", "user.add", user.name, {})
    note(f"{user.name} may log in as {user.role.value}")


@app.command("password")
def set_password(name: str, data: Data = _DATA) -> None:
    """Give an account a new password; its logins end.

    Example: baotu user password li --data baotu-data
    """
    password = _ask_password()
    with _open(data) as records:
        records.users.set_password(name, password)
        records.audit.append(RealClock().now(), "command line", "user.password", name, {})
    note(f"{name} has a new password")


@app.command("role")
def set_role(name: str, role: Role, data: Data = _DATA) -> None:
    """Change what an account may do; its logins end.

    Example: baotu user role li viewer --data baotu-data
    """
    with _open(data) as records:
        records.users.set_role(name, role)
        records.audit.append(
            RealClock().now(), "command line", "user.role", name, {"role": role.value}
        )
    note(f"{name} is {role.value} now")


@app.command()
def disable(name: str, data: Data = _DATA) -> None:
    """Shut an account; its logins end.

    Example: baotu user disable li --data baotu-data
    """
    with _open(data) as records:
        records.users.disable(name)
        records.audit.append(RealClock().now(), "command line", "user.disable", name, {})
    note(f"{name} can no longer log in")


@app.command()
def token(
    name: str,
    role: Annotated[Role, typer.Option(help="What the program may do.")] = Role.VIEWER,
    data: Data = _DATA,
) -> None:
    """Make a bearer token for a program and print it; it is shown this once.

    Example: baotu user token grafana --data baotu-data
    """
    with _open(data) as records:
        made = records.users.programs.create(name, role, RealClock().now())
        records.audit.append(
            RealClock().now(), "command line", "token.create", name, {"role": role.value}
        )
    say(made)


@app.command()
def revoke(name: str, data: Data = _DATA) -> None:
    """Make a program's token worthless, at once.

    Example: baotu user revoke grafana --data baotu-data
    """
    with _open(data) as records:
        records.users.programs.revoke(name)
        records.audit.append(RealClock().now(), "command line", "token.revoke", name, {})
    note(f"the token {name} is worth nothing now")
