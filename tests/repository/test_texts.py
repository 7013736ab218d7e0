"""Texts: both languages complete, links that lead somewhere, no host in a lock file."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(path.parent for path in ROOT.glob("*/text/zh.json"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def catalogue(folder: Path, language: str) -> dict[str, str]:
    loaded = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return dict(flat("", loaded))


def flat(prefix: str, node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from flat(f"{prefix}.{key}" if prefix else str(key), value)
    else:
        assert isinstance(node, str), prefix
        yield prefix, node


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda p: p.parent.name)
def test_both_languages_say_the_same_things(folder: Path) -> None:
    zh, en = catalogue(folder, "zh"), catalogue(folder, "en")
    assert zh.keys() == en.keys()
    assert [key for key in zh if not zh[key].strip() or not en[key].strip()] == []
    assert [key for key in zh if placeholders(zh[key]) != placeholders(en[key])] == []


def test_there_is_a_catalogue() -> None:
    assert CATALOGUES


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = [
        target
        for target in LINK.findall(text)
        if not re.match(r"[a-z]+:", target) and not leads_somewhere(page, target)
    ]
    assert broken == []


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = unquote(target).partition("#")
    linked = (page.parent / path).resolve() if path else page
    if not linked.exists() or ROOT not in linked.parents:
        return False
    return not anchor or linked.suffix != ".md" or anchor in anchors(linked)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+\s+(.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    plain = (re.sub(r"[`*\[\]]|\(.*?\)", "", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in plain}


def test_both_readmes_have_the_same_shape() -> None:
    def shape(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        commands = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
        return [*commands, str(len(re.findall(r"^#", FENCE.sub("", text), re.M)))]

    assert shape("README.md") == shape("README.zh-CN.md")


@pytest.mark.parametrize("lock", sorted(ROOT.glob("*lock*.json")), ids=lambda p: p.name)
def test_a_lock_file_names_no_host(lock: Path) -> None:
    assert re.findall(r"\w+://[^\"\s]*|\bresolved\b", lock.read_text(encoding="utf-8")) == []


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
