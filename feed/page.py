"""The page for citizens as HTML; pure.

Drawn here and nowhere else: the script in the browser fetches the page again when something new
is published and puts its parts in place of the old ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feed.view import Reader, districts_of, in_, percent, row_of, sources_of
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from feed.shape import Latest, Meta

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class PageTexts:
    """Texts and template of the page.

    Attributes:
        texts: by language and key.
        environment: of Jinja.
    """

    texts: Mapping[Language, Mapping[str, str]]
    environment: Environment

    @classmethod
    def load(cls, assets: str) -> PageTexts:
        """Read the texts and prepare the template.

        Args:
            assets: path below which the browser files are served.
        """
        texts = {
            language: json.loads((HERE / "text" / f"{language}.json").read_text("utf-8"))
            for language in Language
        }
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["assets"] = assets
        return cls(texts, environment)

    def nothing_yet(self, language: Language) -> bytes:
        """The page before anything has been published."""
        template = self.environment.get_template("nothing.html")
        return template.render(t=self.texts[language], language=language.value).encode()


def page(texts: PageTexts, latest: Latest, meta: Meta, language: Language) -> bytes:
    """The page of the newest interval.

    Args:
        texts: of the page.
        latest: what was published last.
        meta: how it was made.
        language: of the reader.
    """
    reader = Reader.of(language, texts.texts[language], meta)
    sources = sources_of(latest.values)
    rows = [row_of(value, sources, reader) for value in latest.values]
    template = texts.environment.get_template("page.html")
    return template.render(
        t=reader.texts,
        say=reader.say,
        language=language.value,
        latest=latest,
        meta=meta,
        title=in_(latest.title, language),
        licence=in_(meta.licence, language),
        how=[in_(one, language) for one in (*meta.how, meta.rounding)],
        when=_when(latest.from_, latest.to),
        districts=districts_of(latest, rows, reader),
        captured=percent(mean(value.data_capture for value in latest.values) if rows else 0.0),
        sources=sources,
        counts={
            verdict: sum(row.verdict == verdict for row in rows)
            for verdict in ("inside", "outside", "withheld", "none")
        },
    ).encode()


def _when(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}\u2013{end:%H:%M}"
