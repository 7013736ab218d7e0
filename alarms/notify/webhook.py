"""Webhooks: Alertmanager's body, posted under a deadline to a checked address."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpx

from alarms.errors import ForbiddenTargetError
from alarms.notify.alertmanager import encode, webhook_body
from alarms.notify.notifier import Delivered, Never, Notification, Receipt, Retry
from alarms.notify.targets import permitted_addresses, resolve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alarms.settings import WebhookSettings

MOST_ANSWER_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_TRY_AGAIN = (408, 425, 429)


class WebhookNotifier:
    """Posts to one receiver.

    Args:
        settings: where and how long.
        external_url: the console's address, for links in messages.
        look_up: resolves a host name.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        external_url: str = "",
        look_up: Callable[[str, int], Awaitable[list[str]]] = resolve,
    ) -> None:
        self._settings = settings
        self._external_url = external_url
        self._look_up = look_up
        self._tls = ssl.create_default_context()

    async def send(self, notification: Notification) -> Receipt:
        """Try once to deliver, within ``deadline_s`` all in all."""
        body = encode(webhook_body(self._settings.name, notification, self._external_url))
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                return await self._post(notification.id, body)
        except TimeoutError:
            return Retry(f"no answer within {self._settings.deadline_s:g} s")
        except ForbiddenTargetError as error:
            return Never(str(error))
        # The errors' own texts may hold the address, which is a secret.
        except (httpx.InvalidURL, UnicodeError):
            return Never("the address cannot be read: give one that begins with https://")
        except httpx.HTTPError as error:
            return Retry(f"the receiver cannot be reached ({type(error).__name__})")
        except OSError:
            return Retry("the receiver's name cannot be resolved")

    async def _post(self, message_id: str, body: bytes) -> Receipt:
        url = httpx.URL(self._settings.url)
        if url.scheme not in _PORTS or not url.host:
            return Never("the address must begin with http:// or https:// and name a host")
        port = url.port or _PORTS[url.scheme]
        addresses = await permitted_addresses(
            url.host, port, allow_private=self._settings.allow_private, look_up=self._look_up
        )
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,  # a proxy would connect to addresses that nobody checked
            timeout=self._settings.deadline_s,
            follow_redirects=False,
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await self._exchange(client, url, address, message_id, body)
                except httpx.ConnectError:
                    continue
            return await self._exchange(client, url, addresses[-1], message_id, body)

    async def _exchange(
        self, client: httpx.AsyncClient, url: httpx.URL, address: str, message_id: str, body: bytes
    ) -> Receipt:
        """Post to one address under the name that was asked for."""
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Baotu",
            "Accept-Encoding": "identity",
            "Idempotency-Key": message_id,
        }
        async with client.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.host},
        ) as response:
            await _drain(response)
            return _receipt(response)


async def _drain(response: httpx.Response) -> None:
    """Let the receiver finish a short answer; what it says beyond its status is not needed.

    Raw bytes, so that a compressed answer is never unpacked.
    """
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read >= MOST_ANSWER_BYTES:
            return


def _receipt(response: httpx.Response) -> Receipt:
    status = response.status_code
    if response.is_success:
        return Delivered()
    if response.is_redirect:
        return Never(f"the receiver redirects (HTTP {status}), which is not followed")
    if response.is_server_error or status in _TRY_AGAIN:
        return Retry(f"the receiver answers HTTP {status}", _wish(response))
    return Never(f"the receiver refuses with HTTP {status}")


def _wish(response: httpx.Response) -> float | None:
    """Seconds that the receiver asks to wait; a date instead is not understood."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
