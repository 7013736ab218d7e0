"""Accounts, logins, the first start and programs' tokens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from records.access import (
    AccessEnded,
    Denied,
    EndReason,
    LockedOut,
    Role,
    Session,
    clean_password,
)
from records.errors import (
    LastOperatorError,
    PasswordPolicyError,
    SetupLinkError,
    TokenNameError,
    UserNameError,
)
from records.opening import Records, open_records
from records.settings import AccessSettings
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "three warm springs"
CANARY = "canary-7f3a-secret"
DESK = "192.0.2.10"
HOUR = 3_600 * SECOND


@pytest.fixture
def ended(records: Records) -> Iterator[list[AccessEnded]]:
    heard: list[AccessEnded] = []
    leave = records.users.on_ended(heard.append)
    yield heard
    leave()


def log_in(
    records: Records, name: str = "wang", password: str = PASSWORD, now_ns: int = 0
) -> Session:
    session = records.users.authenticate(name, password, now_ns, DESK)
    assert isinstance(session, Session)
    return session


@pytest.fixture
def wang(records: Records) -> None:
    records.users.create("wang", Role.OPERATOR, PASSWORD, 0)


@pytest.fixture
def li(records: Records, wang: None) -> None:
    records.users.create("li", Role.OPERATOR, PASSWORD, 0)


# Accounts


def test_a_new_user_logs_in_with_name_and_password(records: Records, wang: None) -> None:
    session = log_in(records)
    assert (session.identity.name, session.identity.role) == ("wang", Role.OPERATOR)
    assert records.users.identify(session.token, 1) == session.identity


def test_there_is_no_default_account_H2(records: Records) -> None:
    assert records.users.list() == []
    for name in ("admin", "root", "operator", ""):
        assert records.users.authenticate(name, name, 0, DESK) == Denied()


def test_names_differ_by_more_than_case_and_width(records: Records, wang: None) -> None:
    with pytest.raises(UserNameError, match="taken"):
        records.users.create("ＷＡＮＧ", Role.VIEWER, PASSWORD, 0)
    assert log_in(records, " Wang ").identity.name == "wang"


def test_a_password_is_the_same_from_another_input_method(records: Records) -> None:
    records.users.create("zhao", Role.VIEWER, "ｓｐｒｉｎｇ　ｗａｔｅｒ！", 0)
    assert log_in(records, "zhao", "spring water!").identity.name == "zhao"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("nine char", "at least 10"),
        ("x" * 257, "longer than 256"),
        ("wangwang", "at least 10"),
        ("1234 Wang 1", "user name"),
        ("abababababab", "at least 4 different"),
    ],
)
def test_a_weak_password_is_refused_with_what_is_asked_for(
    records: Records, password: str, sentence: str
) -> None:
    with pytest.raises(PasswordPolicyError, match=sentence):
        records.users.create("1234 wang", Role.VIEWER, password, 0)
    assert records.users.list() == []


def test_a_short_name_inside_a_long_password_is_no_weakness() -> None:
    assert clean_password("the tea of li is warm", "li") == "the tea of li is warm"


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "line\nfeed", "zero\u200bwidth"])
def test_a_name_that_cannot_be_read_is_refused(records: Records, name: str) -> None:
    with pytest.raises(UserNameError, match="cannot be a user name"):
        records.users.create(name, Role.VIEWER, PASSWORD, 0)


def test_an_unknown_account_cannot_be_changed(records: Records) -> None:
    with pytest.raises(UserNameError, match="nobody is called 'zhao'"):
        records.users.disable("zhao")


def test_a_disabled_account_cannot_log_in_until_enabled(records: Records, li: None) -> None:
    records.users.disable("li")
    assert records.users.authenticate("li", PASSWORD, 0, DESK) == Denied()
    records.users.enable("li")
    assert log_in(records, "li").identity.name == "li"


def test_the_last_operator_stays(records: Records, wang: None) -> None:
    records.users.create("li", Role.VIEWER, PASSWORD, 0)
    with pytest.raises(LastOperatorError, match="wang is the last operator"):
        records.users.disable("wang")
    with pytest.raises(LastOperatorError):
        records.users.set_role("wang", Role.VIEWER)
    records.users.disable("li")
    records.users.set_role("li", Role.OPERATOR)
    with pytest.raises(LastOperatorError):
        records.users.disable("wang")


# Logins


def test_a_login_ends_when_it_is_idle_too_long(
    records: Records, wang: None, ended: list[AccessEnded]
) -> None:
    session = log_in(records)
    assert records.users.identify(session.token, 12 * HOUR + 1) is None
    assert records.users.end_overdue(12 * HOUR) == 0
    assert records.users.end_overdue(12 * HOUR + 1) == 1
    assert ended == [AccessEnded(frozenset({session.identity.login}), EndReason.IDLE)]


def test_using_a_login_keeps_it_alive(records: Records, wang: None) -> None:
    session = log_in(records)
    for hour in range(0, 48, 6):
        assert records.users.identify(session.token, hour * HOUR) == session.identity


def test_logging_out_ends_the_login_once(
    records: Records, wang: None, ended: list[AccessEnded]
) -> None:
    session = log_in(records)
    records.users.log_out(session.token)
    records.users.log_out(session.token)
    assert records.users.identify(session.token, 1) is None
    assert ended == [AccessEnded(frozenset({session.identity.login}), EndReason.LOGGED_OUT)]


@pytest.mark.parametrize("reason", [EndReason.ROLE_CHANGED, EndReason.DISABLED])
def test_a_changed_account_ends_its_logins_and_no_others(
    records: Records, li: None, ended: list[AccessEnded], reason: EndReason
) -> None:
    first, second, other = log_in(records), log_in(records), log_in(records, "li")
    if reason is EndReason.DISABLED:
        records.users.disable("wang")
    else:
        records.users.set_role("wang", Role.VIEWER)
    gone = frozenset({first.identity.login, second.identity.login})
    assert ended == [AccessEnded(gone, reason)]
    assert records.users.identify(first.token, 1) is None
    assert records.users.identify(other.token, 1) == other.identity


def test_setting_the_same_role_ends_nothing(
    records: Records, wang: None, ended: list[AccessEnded]
) -> None:
    session = log_in(records)
    records.users.set_role("wang", Role.OPERATOR)
    assert records.users.identify(session.token, 1) == session.identity
    assert ended == []


def test_a_new_password_ends_all_logins_but_the_own(
    records: Records, wang: None, ended: list[AccessEnded]
) -> None:
    own, other = log_in(records), log_in(records)
    records.users.set_password("wang", "another warm spring", keep_login=own.identity.login)
    assert ended == [AccessEnded(frozenset({other.identity.login}), EndReason.PASSWORD_CHANGED)]
    assert records.users.identify(own.token, 1) == own.identity
    assert records.users.authenticate("wang", PASSWORD, 0, DESK) == Denied()
    assert log_in(records, password="another warm spring").identity.name == "wang"


def test_a_listener_that_left_hears_nothing(records: Records, wang: None) -> None:
    heard: list[AccessEnded] = []
    leave = records.users.on_ended(heard.append)
    leave()
    leave()
    records.users.log_out(log_in(records).token)
    assert heard == []


def test_changes_of_another_process_show_in_the_valid_logins(
    records: Records, li: None, file: Path, access: AccessSettings
) -> None:
    session = log_in(records)
    program = records.users.programs.create("grafana", Role.VIEWER, 0, expires_ns=100)
    identity = records.users.programs.identify(program, 0)
    assert identity is not None
    assert records.users.valid_logins(0) == {session.identity.login, identity.login}
    with open_records(file, access) as other:
        other.users.disable("wang")
    assert records.users.valid_logins(0) == {identity.login}
    assert records.users.valid_logins(100) == frozenset()


def test_logins_survive_a_restart(file: Path, access: AccessSettings) -> None:
    with open_records(file, access) as records:
        records.users.create("wang", Role.OPERATOR, PASSWORD, 0)
        session = log_in(records)
    with open_records(file, access) as records:
        assert records.users.identify(session.token, 1) == session.identity


@pytest.mark.parametrize("token", ["", "x", "'; DROP TABLE session; --", "é" * 500])
def test_a_made_up_token_is_nobody_H1(records: Records, wang: None, token: str) -> None:
    log_in(records)
    assert records.users.identify(token, 0) is None
    assert records.users.programs.identify(token, 0) is None


# Guessing


def wrong(records: Records, now_ns: int, name: str = "wang", address: str = DESK) -> object:
    return records.users.authenticate(name, "a wrong guess", now_ns, address)


def test_an_account_waits_after_five_wrong_passwords_even_for_the_right_one_H2(
    records: Records, wang: None
) -> None:
    assert [wrong(records, 0) for _ in range(5)] == [Denied()] * 5
    assert records.users.authenticate("wang", PASSWORD, 0, DESK) == LockedOut(30 * SECOND)
    assert records.users.authenticate("wang", PASSWORD, 0, "198.51.100.1") == LockedOut(30 * SECOND)
    assert log_in(records, now_ns=30 * SECOND).identity.name == "wang"


def test_waits_double_until_somebody_gets_it_right_H2(records: Records, wang: None) -> None:
    now, waits = 0, []
    for attempt in range(8):
        wrong(records, now, address=f"192.0.2.{attempt}")
        match wrong(records, now, address="198.51.100.1"):
            case LockedOut(until_ns):
                waits.append((until_ns - now) // SECOND)
                now = until_ns
    assert waits == [30, 60, 120, 240, 480, 900][: len(waits)]
    assert len(waits) >= 5
    log_in(records, now_ns=now)
    assert wrong(records, now) == Denied()


def test_a_name_that_does_not_exist_waits_just_the_same_H2(records: Records) -> None:
    answers = [wrong(records, 0, "nobody", f"192.0.2.{n}") for n in range(6)]
    assert answers == [Denied()] * 5 + [LockedOut(30 * SECOND)]


def test_an_address_waits_after_twenty_wrong_guesses_at_many_accounts_H2(
    records: Records, wang: None
) -> None:
    answers = [wrong(records, 0, f"user{n}") for n in range(21)]
    assert answers == [Denied()] * 20 + [LockedOut(30 * SECOND)]
    assert records.users.authenticate("wang", PASSWORD, 0, DESK) == LockedOut(30 * SECOND)
    other = records.users.authenticate("wang", PASSWORD, 0, "198.51.100.1")
    assert isinstance(other, Session)


def test_an_own_account_buys_no_guesses_at_others_H2(records: Records, wang: None) -> None:
    for n in range(20):
        assert wrong(records, 0, f"user{n}") == Denied()
        if n < 19:
            log_in(records)
    assert isinstance(wrong(records, 0, "user20"), LockedOut)


def test_many_guesses_at_once_are_not_more_guesses_H2(records: Records, wang: None) -> None:
    start = threading.Barrier(16)

    def guess(number: int) -> object:
        start.wait(timeout=10)
        return wrong(records, 0, address=f"192.0.2.{number}")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(16)))
    assert answers.count(Denied()) == 5
    assert answers.count(LockedOut(30 * SECOND)) == 11


def test_waits_survive_a_restart_H2(file: Path, access: AccessSettings) -> None:
    with open_records(file, access) as records:
        for _ in range(5):
            wrong(records, 0)
    with open_records(file, access) as records:
        assert wrong(records, 0) == LockedOut(30 * SECOND)


def test_an_account_disabled_while_the_password_is_checked_stays_out(
    records: Records, li: None
) -> None:
    users = records.users
    with users._hashes._turns, users._hashes._turns, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(users.authenticate, "li", PASSWORD, 0, DESK)
        while not _counted(records):
            threading.Event().wait(0.001)
        users.disable("li")
        users._hashes._turns.release()
        assert answer.result(timeout=10) == Denied()
        users._hashes._turns.acquire()


def _counted(records: Records) -> bool:
    with records._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT COUNT(*) FROM failed_logins").scalar_one()
    return bool(rows)


def test_hashes_are_argon2id_and_follow_the_settings_H2(file: Path, access: AccessSettings) -> None:
    def kept(records: Records) -> str:
        with records._database.read() as connection:
            hashed = connection.exec_driver_sql("SELECT password_hash FROM account").scalar_one()
        return str(hashed)

    with open_records(file, access) as records:
        records.users.create("wang", Role.OPERATOR, PASSWORD, 0)
        assert kept(records).startswith("$argon2id$v=19$m=8,t=1,p=1$")
    dearer = AccessSettings(hash_rounds=2, hash_memory_kib=16, hash_lanes=1)
    with open_records(file, dearer) as records:
        log_in(records)
        assert kept(records).startswith("$argon2id$v=19$m=16,t=2,p=1$")
        log_in(records)


# The first start


def test_the_first_user_comes_by_the_one_time_link_and_is_an_operator(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    session = records.users.redeem_setup(link, "wang", PASSWORD, 1, DESK)
    assert session.identity.role is Role.OPERATOR
    assert records.users.identify(session.token, 2) == session.identity
    assert records.users.setup_token(3) is None


def test_the_link_works_once(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    records.users.redeem_setup(link, "wang", PASSWORD, 1, DESK)
    with pytest.raises(SetupLinkError, match="not valid any more"):
        records.users.redeem_setup(link, "li", PASSWORD, 2, DESK)
    assert [user.name for user in records.users.list()] == ["wang"]


def test_of_two_who_open_the_link_at_once_one_wins(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    start = threading.Barrier(2)

    def redeem(name: str) -> Session | SetupLinkError:
        start.wait(timeout=10)
        try:
            return records.users.redeem_setup(link, name, PASSWORD, 1, DESK)
        except SetupLinkError as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(redeem, ["wang", "li"]))
    assert sum(isinstance(answer, Session) for answer in answers) == 1
    assert len(records.users.list()) == 1


def test_the_link_expires_after_a_day(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    with pytest.raises(SetupLinkError):
        records.users.redeem_setup(link, "wang", PASSWORD, 24 * HOUR, DESK)


def test_a_new_link_replaces_the_one_before(records: Records) -> None:
    old, new = records.users.setup_token(0), records.users.setup_token(1)
    assert old is not None
    assert new is not None
    with pytest.raises(SetupLinkError):
        records.users.redeem_setup(old, "wang", PASSWORD, 2, DESK)
    records.users.redeem_setup(new, "wang", PASSWORD, 2, DESK)


def test_a_weak_password_does_not_use_the_link_up(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    with pytest.raises(PasswordPolicyError):
        records.users.redeem_setup(link, "wang", "short", 1, DESK)
    records.users.redeem_setup(link, "wang", PASSWORD, 1, DESK)


def test_the_link_dies_with_the_first_user_from_elsewhere(records: Records) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    records.users.create("wang", Role.OPERATOR, PASSWORD, 1)
    with pytest.raises(SetupLinkError):
        records.users.redeem_setup(link, "li", PASSWORD, 2, DESK)


# Programs


def test_a_programs_token_stands_for_its_role_until_it_expires(
    records: Records, ended: list[AccessEnded]
) -> None:
    programs = records.users.programs
    token = programs.create("grafana", Role.VIEWER, 0, expires_ns=100)
    identity = programs.identify(token, 99)
    assert identity is not None
    assert (identity.name, identity.role) == ("grafana", Role.VIEWER)
    assert programs.identify(token, 100) is None
    assert records.users.end_overdue(100) == 1
    assert ended == [AccessEnded(frozenset({identity.login}), EndReason.TOKEN_EXPIRED)]
    assert programs.list() == []


def test_a_revoked_token_is_nobody_H1(records: Records, ended: list[AccessEnded]) -> None:
    programs = records.users.programs
    token = programs.create("demo", Role.OPERATOR, 0)
    programs.revoke("demo")
    assert programs.identify(token, 1) is None
    assert [what.reason for what in ended] == [EndReason.TOKEN_REVOKED]
    with pytest.raises(TokenNameError, match="no token is called 'demo'"):
        programs.revoke("demo")


def test_a_tokens_name_is_taken_while_it_is_valid(records: Records) -> None:
    programs = records.users.programs
    programs.create("demo", Role.OPERATOR, 0, expires_ns=10)
    with pytest.raises(TokenNameError, match="exists"):
        programs.create("demo", Role.VIEWER, 9)
    programs.create("demo", Role.VIEWER, 10)
    assert [(token.name, token.role) for token in programs.list()] == [("demo", Role.VIEWER)]


def test_a_login_is_no_programs_token_and_the_other_way_round_H1(
    records: Records, wang: None
) -> None:
    program = records.users.programs.create("demo", Role.OPERATOR, 0)
    assert records.users.identify(program, 0) is None
    assert records.users.programs.identify(log_in(records).token, 0) is None


# Secrets


def test_no_secret_stands_in_the_file_or_in_a_repr_H10(records: Records, file: Path) -> None:
    link = records.users.setup_token(0)
    assert link is not None
    session = records.users.redeem_setup(link, "wang", CANARY, 1, DESK)
    records.users.authenticate("wang", CANARY + " wrong", 1, DESK)
    program = records.users.programs.create("demo", Role.OPERATOR, 0)
    shown = repr([session, records.users.list(), records.users.programs.list(), records.users])
    kept = b"".join(part.read_bytes() for part in file.parent.iterdir())
    for secret in (CANARY, link, session.token, program):
        assert secret not in shown
        assert secret.encode() not in kept


def test_no_secret_stands_in_an_error_H10(records: Records, wang: None) -> None:
    with pytest.raises(UserNameError) as taken:
        records.users.create("wang", Role.VIEWER, CANARY, 0)
    with pytest.raises(PasswordPolicyError) as weak:
        records.users.set_password("wang", CANARY * 20)
    assert CANARY not in str(taken.value) + str(weak.value)


def test_roles_include_what_lower_ones_may() -> None:
    assert Role.OPERATOR.may(Role.VIEWER)
    assert Role.OPERATOR.may(Role.OPERATOR)
    assert Role.VIEWER.may(Role.VIEWER)
    assert not Role.VIEWER.may(Role.OPERATOR)
