"""Makes forms from the fields of event classes, and reads what a browser sends back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

from policytrack.api.entry import Finding
from policytrack.api.written import as_text
from policytrack.events import Event
from policytrack.events.envelope import Refers
from policytrack.events.fields import USUAL, Field, fields_of

Pairs = Sequence[tuple[str, str]]
_NOT_ASKED: Final = frozenset({"event_id", "type", "schema_version", "supersedes"})
_LAST: Final = ("acknowledged",)
_LONG: Final = frozenset({"note", "reason", "quote", "condition", "products"})
"""Texts that are usually longer than a line."""
_PLACE: Final = re.compile(r"([a-z_0-9]+)(?:\.([0-9]{1,3}))?(?:\.([a-z_0-9]+))?")
_FLAGS: Final[dict[str, Any]] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form: `name` is its dotted path, `kind` is text, lines, choice or flag."""

    name: str
    label: str
    kind: str
    value: str
    help: str
    is_required: bool
    choices: tuple[str, ...] = ()
    refers: str = ""
    findings: list[Finding] = field(default_factory=list)
    is_focused: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A field with parts, or a list of such: the inputs of each item."""

    name: str
    label: str
    item: str
    help: str
    is_required: bool
    is_list: bool
    items: list[list[Input]]
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of an event type: those usually filled in, then the others. `general` are findings without a field."""

    usual: list[Input | Group]
    others: list[Input | Group]
    general: list[Finding]

    @property
    def findings(self) -> list[tuple[str, str, Finding]]:
        """All findings, each with the id and label of the element that it is about; empty for the event as a whole."""
        found = [("", "", one) for one in self.general]
        for part in (*self.usual, *self.others):
            found += [(f"f-{part.name}", part.label, one) for one in part.findings]
            for number, item in enumerate(part.items if isinstance(part, Group) else (), 1):
                of = f"{part.label} {number}" if isinstance(part, Group) and part.is_list else part.label
                found += [(f"f-{one.name}", f"{of}: {one.label}", said) for one in item for said in one.findings]
        return found

    @property
    def is_opened(self) -> bool:
        """Whether one of the other fields has a value or a finding, or was just added."""
        return any(
            one.findings or (one.value if isinstance(one, Input) else one.items and any(map(_is_filled, one.items)))
            for one in self.others
        )


def form_of(
    event_type: type[Event],
    fields: Mapping[str, Any],
    findings: Iterable[Finding] = (),
    *,
    left_out: Iterable[str] = (),
    adds: str = "",
    is_correction: bool = False,
) -> Form:
    """Return the form of an event type with these values.

    `left_out` are fields that the server sets. `adds` names a list that gets one more item.
    """
    without = {*left_out, *(_NOT_ASKED - ({"supersedes"} if is_correction else set()))}
    asked = [one for one in fields_of(event_type).values() if one.name not in without]
    asked.sort(key=lambda one: one.name in _LAST)
    open_ = list(findings)
    parts = [(one, _part(one, fields.get(one.name), open_, is_added=adds == one.name)) for one in asked]
    first = [
        part for one, part in parts if one.required or one.name in USUAL or one.name in ("effective", "supersedes")
    ]
    return Form(first, [part for _, part in parts if part not in first], open_)


def fields_from(event_type: type[Event], pairs: Pairs) -> dict[str, Any]:
    """Return the fields that a form has sent, as an import reads them. Empty inputs and items are left out."""
    kinds = fields_of(event_type)
    items: dict[str, dict[int, dict[str, Any]]] = {}
    found: dict[str, Any] = {}
    for name, value in pairs:
        text = value.replace("\r\n", "\n").strip()
        place = _PLACE.fullmatch(name)
        kind = kinds.get(place[1]) if place else None
        if place is None or kind is None or not text:
            continue
        if kind.part is not None:
            part = fields_of(kind.part).get(place[3] or "")
            if part is not None:
                items.setdefault(kind.name, {}).setdefault(int(place[2] or 0), {})[part.name] = _value(part, text)
        elif place[2] is None and place[3] is None:
            found[kind.name] = _value(kind, text)
    for name, numbered in items.items():
        listed = [numbered[number] for number in sorted(numbered)]
        found[name] = listed if kinds[name].many else listed[0]
    return {name: found[name] for name in kinds if name in found}


def as_sent(event_type: type[Event], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a stored event as its form shows them and sends them back."""
    return fields_from(event_type, [(one, text) for one, text in _pairs(event_type, stored)])


def unchanged(sent: Any, shown: Any, stored: Any) -> Any:
    """Return what was sent, with the stored value of everything that is as the form has shown it.

    A quantity has more parts than its text shows; a field that the user left alone must not change.
    """
    if sent == shown:
        return stored
    if isinstance(sent, dict) and isinstance(shown, dict):
        return {
            name: unchanged(value, shown[name], stored[name]) if name in shown and name in stored else value
            for name, value in sent.items()
        }
    if isinstance(sent, list) and isinstance(shown, list) and len(shown) == len(stored):
        same = [unchanged(*three) for three in zip(sent, shown, stored, strict=False)]
        return [*same, *sent[len(same) :]]
    return sent


def _pairs(event_type: type[Event], stored: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, one in fields_of(event_type).items():
        value = stored.get(name)
        if value in (None, [], {}):
            continue
        if one.part is None:
            yield name, "\n".join(map(as_text, value)) if one.many else as_text(value)
            continue
        for number, item in enumerate(value if one.many else [value]):
            for part, text in item.items():
                if text is not None:
                    yield f"{name}.{number}.{part}", as_text(text)


def _value(kind: Field, text: str) -> Any:
    if kind.many:
        return [line.strip() for line in text.split("\n") if line.strip()]
    return _FLAGS.get(text, text) if kind.kind is bool else text


def _part(one: Field, value: Any, open_: list[Finding], *, is_added: bool) -> Input | Group:
    """Return a field with its value, and the findings about it, which are removed from `open_`."""
    if one.part is None:
        return _input(one, one.name, value, open_)
    items = list(value or ()) if one.many else [value or {}]
    if is_added or (one.many and not items and (one.required or one.name in USUAL)):
        items.append({})
    numbered = []
    for number, item in enumerate(items):
        prefix = f"{one.name}.{number}" if one.many else one.name
        numbered.append(_inputs(one.part, prefix, item, open_))
        if is_added and item is items[-1]:
            numbered[-1][0] = replace(numbered[-1][0], is_focused=True)
    meaning = one.meaning if "=" not in one.meaning else f"{one.meaning.partition(':')[0]}."  # not the form of flags
    return Group(
        one.name, _label(one.name), _label(one.item), meaning, one.required, one.many, numbered,
        _taken(open_, one.name),
    )  # fmt: skip


def _inputs(model: type[BaseModel], prefix: str, values: Mapping[str, Any], open_: list[Finding]) -> list[Input]:
    asked = [one for one in fields_of(model).values() if one.name != "event_id"]
    return [_input(one, f"{prefix}.{one.name}", values.get(one.name), open_) for one in asked]


def _input(one: Field, name: str, value: Any, open_: list[Finding]) -> Input:
    values = value if isinstance(value, list) else [] if value is None else [value]
    text = "\n".join(map(as_text, values))
    kind = "flag" if one.kind is bool else "choice" if one.choices and not one.many else "text"
    if one.many or (kind == "text" and (one.name in _LONG or "\n" in text)):
        kind = "lines"
    form = "One per line." if one.many else _FORMS.get(one.written_as, "")
    if any(map(str.isdigit, one.meaning)):  # it has examples of its own
        form = ""
    default = f"Default: {one.default}." if isinstance(one.default, str) and one.choices else ""
    said = " ".join(filter(None, (one.meaning, form, default)))
    refers = one.mark.kind if isinstance(one.mark, Refers) else ""
    return Input(name, _label(one.name), kind, text, said, one.required, one.choices, refers, _taken(open_, name))


_FORMS: Final = {
    "date": "For instance 2025-10-31, 2025-10, 2025-Q4 or 2025.",
    "day": "For instance 2025-10-31.",
    "capacity": "For instance 5000 or 5 kt/yr; unknown if the source does not say.",
    "amount of money": "For instance CNY 470 million.",
    "percent": "For instance 51.",
    "ratio": "For instance 1.25.",
}


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return {"url": "URL", "archived url": "archived URL", "sha256": "SHA-256"}.get(words, words)


def _taken(open_: list[Finding], name: str) -> list[Finding]:
    """Remove from `open_` the findings about a field or a part of it, and return them."""
    found = [one for one in open_ if one.field == name or one.field.startswith(f"{name}.")]
    for one in found:
        open_.remove(one)
    return found


def _is_filled(item: list[Input]) -> bool:
    return any(one.value or one.findings or one.is_focused for one in item)
