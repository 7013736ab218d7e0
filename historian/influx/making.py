"""Makes the database or bucket that readings go to. Making what is there already is no fault."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, assert_never

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.domain.dbrp_create import DBRPCreate
from influxdb_client.rest import ApiException
from influxdb_client.service.dbr_ps_service import DBRPsService
from urllib3.exceptions import HTTPError

from historian.influx.dialects import DEFAULT_POLICY, identifier
from historian.influx.errors import InfluxError
from historian.influx.verdicts import Answer, NoAnswer, message_of

if TYPE_CHECKING:
    from historian.influx.client import InfluxClient
    from historian.settings import InfluxSettings

_DAY_S = 86_400
_WRONG_DIALECT = "is dialect in [historian.influxdb] that of the server?"


async def make_database(client: InfluxClient, keep_days: int | None = None) -> list[str]:
    """Make what is missing.

    Args:
        client: of the server.
        keep_days: the server forgets readings after so many days; None keeps them for ever. The
            retention of what is there already is never changed.

    Returns:
        What was done or found, in sentences.

    Raises:
        InfluxError: the server cannot be reached, or does not let us.
    """
    settings = client.settings
    match settings.dialect:
        case "v2":
            return await asyncio.to_thread(_make_bucket, settings, keep_days)
        case "v1":
            return await _make_v1(client, keep_days)
        case "v3":
            return await _make_v3(client, keep_days)
        case _:
            assert_never(settings.dialect)


async def _make_v1(client: InfluxClient, keep_days: int | None) -> list[str]:
    name = identifier(client.settings.bucket)
    policy = client.settings.retention_policy
    duration = f"{keep_days}d" if keep_days else "INF"
    done = [f"database {client.settings.bucket!r} is there"]
    if not policy:
        kept = f" WITH DURATION {duration}" if keep_days else ""
        await _command(client, f"CREATE DATABASE {name}{kept}")
        return done
    await _command(client, f"CREATE DATABASE {name}")
    await _command(
        client,
        f"CREATE RETENTION POLICY {identifier(policy)} ON {name} DURATION {duration} REPLICATION 1",
    )
    return [*done, f"retention policy {policy!r} is there"]


async def _command(client: InfluxClient, command: str) -> None:
    answer = await client.exchange("POST", "/query", data={"q": command})
    if isinstance(answer, NoAnswer):
        raise InfluxError(f"{client.settings.url} cannot be reached: {answer.reason}")
    words = _refusal(answer)
    # A policy that is there with another duration is somebody's decision; it stays.
    if words is not None and "already exists" not in words:
        raise InfluxError(f"{client.settings.url} does not take {command!r}: {words}")


def _refusal(answer: Answer) -> str | None:
    """Why a command was not carried out; None where it was."""
    match answer.status:
        case 200:
            return message_of(answer) if b'"error"' in answer.body else None
        case 401 | 403:
            return f"HTTP {answer.status}: {message_of(answer)}; an administrator's user may"
        case _:
            return f"HTTP {answer.status}: {message_of(answer)}; {_WRONG_DIALECT}"


async def _make_v3(client: InfluxClient, keep_days: int | None) -> list[str]:
    settings = client.settings
    document = {
        "db": settings.bucket,
        **({"retention_period": f"{keep_days}d"} if keep_days else {}),
    }
    answer = await client.exchange("POST", "/api/v3/configure/database", json=document)
    if isinstance(answer, NoAnswer):
        raise InfluxError(f"{settings.url} cannot be reached: {answer.reason}")
    if answer.status == 409 or answer.status < 300:
        return [f"database {settings.bucket!r} is there"]
    advice = "an admin token may" if answer.status in (401, 403) else _WRONG_DIALECT
    raise InfluxError(
        f"{settings.url} does not make database {settings.bucket!r} (HTTP {answer.status}: "
        f"{message_of(answer)}); {advice}"
    )


def _make_bucket(settings: InfluxSettings, keep_days: int | None) -> list[str]:
    try:
        with _administration(settings) as server:
            return _bucket_and_mapping(server, settings, keep_days)
    except ApiException as error:
        words = " ".join(str(error.message or error.reason).split())
        raise InfluxError(
            f"{settings.url} does not let us make bucket {settings.bucket!r} (HTTP "
            f"{error.status}: {words}): the token must be allowed to read and write buckets and "
            f"mappings (dbrp) of organisation {settings.org!r}"
        ) from error
    except HTTPError as error:
        raise InfluxError(f"{settings.url} cannot be reached: {error}") from error


def _administration(settings: InfluxSettings) -> InfluxDBClient:
    return InfluxDBClient(
        settings.url,
        token=settings.token,
        org=settings.org,
        timeout=int(settings.timeout_s * 1_000),
    )


def _bucket_and_mapping(
    server: InfluxDBClient, settings: InfluxSettings, keep_days: int | None
) -> list[str]:
    buckets: Any = server.buckets_api()
    bucket = _bucket(buckets, settings.bucket)
    done = f"bucket {settings.bucket!r} was there"
    if bucket is None:
        bucket = buckets.create_bucket(
            bucket_name=settings.bucket, retention_rules=_rules(keep_days)
        )
        done = f"bucket {settings.bucket!r} was made"
    # influxdb-client has no annotations here.
    mappings: Any = DBRPsService(server.api_client)
    known = mappings.get_dbr_ps(org=settings.org, bucket_id=bucket.id).content or []
    if any(mapping.database == settings.bucket for mapping in known):
        return [done, "its mapping for InfluxQL was there"]
    mappings.post_dbrp(dbrp_create=_mapping(settings, bucket.id))
    return [done, "its mapping for InfluxQL was made"]


def _bucket(buckets: Any, name: str) -> Any:
    """The bucket of this name, or None; some versions say 404 where there is none."""
    try:
        return buckets.find_bucket_by_name(name)
    except ApiException as error:
        if error.status == 404:
            return None
        raise


def _rules(keep_days: int | None) -> list[BucketRetentionRules]:
    if not keep_days:
        return []
    # influxdb-client has no annotations here.
    return [BucketRetentionRules(every_seconds=keep_days * _DAY_S)]


def _mapping(settings: InfluxSettings, bucket_id: str) -> DBRPCreate:
    return DBRPCreate(
        org=settings.org,
        bucket_id=bucket_id,
        database=settings.bucket,
        retention_policy=DEFAULT_POLICY,
        default=True,
    )
