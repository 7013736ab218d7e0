"""Both languages say everything, and nothing that nobody asks for."""

from __future__ import annotations

import re
from pathlib import Path

from console.assets import STATIC, TEMPLATES
from console.pages.accounts import REASONS
from console.ports import SinkCondition
from console.wording import Wording, load_texts
from records.alarm_rows import AlarmState
from telemetry.places import Sampling
from telemetry.quality import Reason
from telemetry.text import Language
from tests.console.house import SHANGHAI

TEXTS = load_texts()
CONSOLE = STATIC.parent
_KEY = r"[a-z_0-9]+(?:\.[a-z_0-9]+)+"


def test_every_text_exists_in_both_languages() -> None:
    assert TEXTS[Language.ZH].keys() == TEXTS[Language.EN].keys()


def test_no_text_is_empty() -> None:
    for texts in TEXTS.values():
        assert [key for key, text in texts.items() if not text.strip()] == []


def test_both_languages_fill_in_the_same_values() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    different = [
        key
        for key, text in TEXTS[Language.ZH].items()
        if holes(text) != holes(TEXTS[Language.EN][key])
    ]
    assert different == []


def _asked_for(files: list[Path], before: str) -> dict[str, str]:
    """Keys that stand in the files behind ``before``, with the file that asks for them."""
    found: dict[str, str] = {}
    for file in files:
        for key in re.findall(rf"{before}\(\s*[\"']({_KEY})[\"']\s*[,)]", file.read_text("utf-8")):
            found[key] = file.name
    return found


def test_every_text_that_a_template_asks_for_exists() -> None:
    asked = _asked_for(sorted(TEMPLATES.glob("*.html")), r"\bt")
    assert {k: v for k, v in asked.items() if k not in TEXTS[Language.EN]} == {}


def test_every_text_that_a_script_asks_for_is_handed_to_it() -> None:
    wording = Wording(Language.EN, SHANGHAI, TEXTS[Language.EN])
    handed = wording.for_script()
    scripts = "\n".join(f.read_text("utf-8") for f in sorted(STATIC.glob("*.js")))
    keys = re.findall(r"[\"'`]((?:age|device|journal|live|script|verdict)\.[a-z_]+)[\"'`]", scripts)
    assert [key for key in keys if key not in handed] == []


def test_every_reason_state_priority_and_kind_of_water_has_a_word() -> None:
    needed = [f"reason.{reason.word}" for reason in Reason]
    needed += [f"state.{state.value}" for state in AlarmState]
    needed += [f"sampling.{sampling.value}" for sampling in Sampling]
    needed += [f"priority.{number}" for number in range(1, 5)]
    needed += [f"sink.{condition.value}" for condition in SinkCondition]
    assert [key for key in needed if key not in TEXTS[Language.ZH]] == []


def test_every_reason_for_a_loss_has_a_word_and_an_advice_and_no_other_has() -> None:
    reasons = {reason.replace(" ", "_") for reason in REASONS}
    for family in ("loss", "advice"):
        said = {key.removeprefix(f"{family}.") for key in TEXTS[Language.ZH]}
        assert {each for each in said if f"{family}.{each}" in TEXTS[Language.ZH]} == reasons


def test_scripts_number_the_reasons_of_a_quality_as_the_service_does() -> None:
    script = (STATIC / "texts.js").read_text("utf-8")
    listed = re.search(r"const REASONS = \[(.*?)\]", script, re.DOTALL)
    assert listed is not None
    assert re.findall(r'"(\w+)"', listed[1]) == [reason.word for reason in Reason]


def test_no_text_is_left_that_nobody_asks_for() -> None:
    sources = "\n".join(
        file.read_text("utf-8")
        for pattern in ("**/*.py", "templates/*.html", "static/*.js")
        for file in sorted(CONSOLE.glob(pattern))
    )
    families = {"reason", "state", "sampling", "priority", "age", "kind", "range", "role"}
    families |= {"alarms", "loss", "advice", "sink"}
    unused = [
        key
        for key in TEXTS[Language.EN]
        if key not in sources and key.split(".")[0] not in families
    ]
    assert unused == []
