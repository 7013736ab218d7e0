"""Templates, rendered with everything escaped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from telemetry.text import Language

if TYPE_CHECKING:
    from starlette.requests import Request

    from console.context import Console
    from console.wording import Wording
    from records.access import Identity

LANGUAGE_COOKIE = "baotu_language"


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the pages of one console.

    Args:
        console: its parts.
        environment: of Jinja.
    """

    console: Console
    environment: Environment

    def page(
        self,
        request: Request,
        template: str,
        who: Identity | None = None,
        status: int = 200,
        /,
        **values: Any,
    ) -> HTMLResponse:
        """One page in the reader's language.

        Args:
            request: whose cookie says the language.
            template: its name.
            who: the reader, or None before the login.
            status: HTTP status.
            values: what the template shows.
        """
        wording = self.wording(request)
        text = self.environment.get_template(template).render(
            t=wording,
            who=who,
            path=request.url.path,
            here=str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
            title=self.console.ports.plan.title.in_(wording.language),
            identity=self.console.hub.identity,
            now_ns=self.console.ports.clock.now(),
            counts=self.console.board.counts(),
            script_texts=orjson.dumps(wording.for_script()).decode(),
            **values,
        )
        return HTMLResponse(text, status)

    def wording(self, request: Request) -> Wording:
        """The texts in the reader's language: cookie, else what the city chose."""
        cookie = request.cookies.get(LANGUAGE_COOKIE, "")
        language = Language(cookie) if cookie in set(Language) else self.console.settings.language
        return self.console.wordings[language]


def environment(folder: Path, build: str) -> Environment:
    """Jinja with autoescape everywhere, and names that are missing as errors.

    Args:
        folder: of the templates.
        build: fingerprint of the browser files, part of their addresses.
    """
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["assets"] = f"/assets/{build}"
    return found
