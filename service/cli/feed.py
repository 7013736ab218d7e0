"""``baotu feed``: the public feed, apart from the service that makes it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import Verbose
from service.cli.streams import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feed.serving import Serving

app = typer.Typer(
    help="The public water-quality feed, apart from the service that makes it.\n\n"
    "Example: baotu feed serve --folder baotu-data/feed",
    no_args_is_help=True,
)


@app.command("serve")
def serve(
    folder: Annotated[
        Path, typer.Option(help="Published files: DATA/feed of a service, or a copy of it.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8090,
    requests_per_minute: Annotated[
        int, typer.Option(min=1, help="Of one address; beyond it the answer is 429.")
    ] = 120,
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address of a reverse proxy whose X-Forwarded-For is believed."),
    ] = None,
    *,
    any_port: Annotated[
        bool, typer.Option("--any-port", help="Take a free port when the wanted one is taken.")
    ] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="Stop when standard input ends.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Serve published values to everybody: a page, JSON, CSV and a stream.

    It reads this folder and nothing else, so it can run on a machine that has no way into the
    control network. The first line it prints is its address.

    Example: baotu feed serve --folder /srv/baotu-feed --host 0.0.0.0 --port 8090
    """
    from feed.serving import Serving
    from service.logs import configure_logs
    from service.running import run_loop

    configure_logs(verbose=verbose)
    serving = Serving(
        folder=folder,
        host=host,
        port=port,
        any_port=any_port,
        requests_per_minute=requests_per_minute,
        proxies=tuple(proxy or ()),
    )
    run_loop(_serve_until_told(serving, until_eof=until_eof))


async def _serve_until_told(serving: Serving, *, until_eof: bool) -> None:
    from feed.serving import serve_feed
    from service.stopping import run_jobs, stop_at_eof, stop_on_signals

    stop = asyncio.Event()
    stop_on_signals(stop)
    jobs: dict[str, Callable[[], Awaitable[None]]] = {"feed": lambda: serve_feed(serving, say)}
    if until_eof:
        jobs["standard input"] = lambda: stop_at_eof(stop)
    await run_jobs(jobs, stop)
