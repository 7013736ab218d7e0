"""What a key may hold, read from a JSON Schema and said in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.names import IN_WORDS
from config.problems import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.positions import KeyPath


@dataclass(frozen=True, slots=True)
class Shape:
    """A node of a JSON Schema.

    Attributes:
        node: what describes the value.
        root: the whole schema, for references.
    """

    node: Mapping[str, Any]
    root: Mapping[str, Any]

    def at(self, path: KeyPath, data: Any) -> Shape:
        """The node that describes the value at ``path`` of ``data``."""
        shape = self.resolved(data)
        for step in path:
            data = data[step]
            shape = shape.inner(step).resolved(data)
        return shape

    def inner(self, step: str | int) -> Shape:
        """The node of a key or of a list's elements."""
        if isinstance(step, int):
            node = self.node.get("items", {})
        else:
            named = [p for key, p in self._patterns.items() if re.search(key, step)]
            others = named[0] if named else self.node.get("additionalProperties")
            node = self.node.get("properties", {}).get(step, others)
        return Shape(node if isinstance(node, dict) else {}, self.root)

    def resolved(self, data: object) -> Shape:
        """Follow references, nullable types and the discriminators of unions."""
        node = self.node
        while True:
            choice = node.get("discriminator")
            tag = data.get(choice["propertyName"]) if choice and isinstance(data, dict) else None
            members = [m for m in node.get("anyOf", ()) if m.get("type") != "null"]
            if "$ref" in node:
                node = self.root["$defs"][node["$ref"].rpartition("/")[2]]
            elif choice and isinstance(tag, str) and tag in choice["mapping"]:
                node = {"$ref": choice["mapping"][tag]}
            elif len(members) == 1:
                node = members[0]
            else:
                return Shape(node, self.root)

    @property
    def _patterns(self) -> Mapping[str, Any]:
        """Nodes of keys that are free within a pattern, as the names of parameters are."""
        patterns: Mapping[str, Any] = self.node.get("patternProperties", {})
        return patterns

    @property
    def keys(self) -> list[str]:
        """The keys that a table may have."""
        return list(self.node.get("properties", ()))

    @property
    def names(self) -> list[str]:
        """The keys of a table whose keys are words of a closed set."""
        return Shape(self.node.get("propertyNames", {}), self.root).resolved(None).choices

    @property
    def choices(self) -> list[str]:
        """The words that a value may be, where it is one of a closed set."""
        if "discriminator" in self.node:
            return list(self.node["discriminator"]["mapping"])
        if "const" in self.node:
            return [str(self.node["const"])]
        return [str(word) for word in self.node.get("enum", ())]

    @property
    def noun(self) -> str:
        """The type in words, e.g. ``whole number``."""
        return _NOUNS.get(self.node.get("type", ""), "such value")

    @property
    def denial(self) -> str:
        """``is no whole number``, for a value of another type."""
        yes_or_no = self.node.get("type") == "boolean"
        return "is neither true nor false" if yes_or_no else f"is no {self.noun}"

    def expected(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return one_of(self.choices)
        if "anyOf" in self.node:
            members = [Shape(member, self.root).resolved(None) for member in self.node["anyOf"]]
            *first, last = dict.fromkeys(member.expected() for member in members)
            return f"{', '.join(first)} or {last}" if first else last
        pattern = IN_WORDS.get(self.node.get("pattern", ""), "")
        written = _WRITTEN.get(self.node.get("type", ""), f"a {self.noun}")
        return _range(self.node) or pattern or written


_NOUNS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "truth value",
    "array": "list",
    "object": "table",
}


_WRITTEN = {"string": "a text in quotes", "boolean": "true or false"}
"""How values of a type are written, where that says more than the type's name."""


def _range(node: Mapping[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    bounds = (("at least", low), ("above", above), ("at most", high), ("below", below))
    return " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
