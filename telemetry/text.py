"""Two languages, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages in which every text of the service exists."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and English; neither may be missing."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.zh if language is Language.ZH else self.en

    def format(self, **values: object) -> Text:
        """Fill ``{placeholders}`` in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))
