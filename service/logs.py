"""Structured logs: readable on a terminal, JSON lines everywhere else."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

import structlog


class SteadyLogger(structlog.PrintLogger):
    """Drops the lines that its file refuses.

    A log on a full disk, or behind a pipe whose reader has gone, must not end the service that
    writes it.
    """

    def msg(self, message: str) -> None:
        """Write one line, if it can be written."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def configure_logs(*, verbose: bool = False) -> None:
    """Send logs to standard error; standard output belongs to a command's result.

    Args:
        verbose: also show what libraries say at INFO and what we say at DEBUG.
    """
    level = logging.DEBUG if verbose else logging.INFO
    renderer: structlog.typing.Processor
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: SteadyLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    # Libraries report every refused connection as an error of theirs; our own outage log says
    # it once. Their critical messages still come through.
    logging.basicConfig(
        handlers=[handler], level=logging.INFO if verbose else logging.CRITICAL, force=True
    )
