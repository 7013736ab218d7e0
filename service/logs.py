"""Structured logs: readable on a terminal, JSON lines everywhere else."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import TextIO


class LogStream:
    """A text stream that drops what its file refuses.

    A log on a full disk, or behind a pipe whose reader has gone, must not end the service that
    writes it.

    Args:
        stream: where the log goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError):
            self._stream.flush()


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
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
