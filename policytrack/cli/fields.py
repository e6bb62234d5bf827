"""Event fields as command-line options: one option a field, made from the class, so that none can be forgotten.

A field that is a list is given several times, under its singular. A field with parts is written
`part=value,part=value`: `--partner firm_id=northern-rare-earth,stake_pct=51`.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from typing import Any, Final, Literal, Union, get_args, get_origin

import rich_click as click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from policytrack.cli.completing import ids
from policytrack.dates import VagueDate
from policytrack.errors import MalformedInput
from policytrack.events import Event
from policytrack.events.envelope import Mark, Refers, Registers, marks_of
from policytrack.quantities import Capacity, Money

WRITTEN: Final = (VagueDate, Capacity, Money)
"""Models that are given as one text."""
_BOUNDS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
NOT_GIVEN: Final = frozenset({"event_id", "type", "schema_version", "supersedes", "acknowledged"})
ENVELOPE_LAST: Final = ("effective", "known_on", "sources", "assertion", "recorded_by", "note")
_SINGULAR: Final = {
    "sources": "source",
    "partners": "partner",
    "legs": "leg",
    "products": "product",
    "names": "name-in",
    "regions": "region",
    "activities": "activity-id",
    "exceptions": "exception",
    "includes": "include",
}
_HELP: Final = {
    "effective": "When it was true in the world: 2025-10-27, 2025-10, 2026-Q4, ../2025-10-27 …",
    "known_on": "Day it was public. [default: today]",
    "sources": "Who says so: title=…,class=regulator,publisher=…,url=…,published_on=…,locator=…",
    "assertion": "How sure it is.",
    "capacity": "A number in the unit of the activity, or with its unit: 5000, '5 kt/a', '0.5万吨/年'.",
    "build_capacity": "Capacity that the swap permits.",
    "investment": "A sum with its currency: '470 M CNY'.",
    "due": "When it should be done: 2026-12, end-2026, 2026-Q4 …",
    "legs": "Capacity that goes: facility_id=…,capacity=3000 or undisclosed=true,capacity=5000",
    "partners": "firm_id=…,stake_pct=51",
    "names": "A name in another language: zh=北方稀土",
    "rationale": "On what it rests: votes, a contract, the right to appoint the board …",
    "regions": "Where the rule stands: CN-HE, or a dated list of regions such as steel-key-regions-2021.",
    "outside_regions": "Whether it stands everywhere in the jurisdiction but there.",
    "exceptions": "A case that needs less: condition=…,ratio_min=1",
    "ratio_min": "Least retired : built, such as 1.5:1.",
    "amount": "How much, or withheld.",
    "includes": "A firm with quotas of its own before, which this one counts in the holder's.",
    "expires_on": "The last day on which it may be drawn.",
    "in_force_from": "From when the rule binds.",
    "in_force_to": "The rule's last day.",
    "until": "The last day of the suspension.",
    "note": "A remark that is kept with the event.",
    "target": "The event that it is about: e14 or its id.",
    "stance": "What the source does: it agrees, says something else, or has checked it.",
    "differing": "What a contradicting source says instead: field=capacity,value=7200",
}


@dataclass(frozen=True)
class FieldOption:
    """One field of an event type as an option."""

    name: str
    flag: str
    info: FieldInfo
    part: type[BaseModel] | None
    many: bool
    is_bool: bool
    choices: tuple[str, ...]
    required: bool
    mark: Mark | None

    @property
    def parameter(self) -> str:
        """The name under which click hands the value over."""
        return self.flag.removeprefix("--").replace("-", "_")

    def option(self) -> click.Option:
        """The click option."""
        given: dict[str, Any] = {"help": self.help, "multiple": self.many}
        if self.is_bool:
            return click.Option([f"{self.flag}/--not-{self.flag[2:]}", self.parameter], default=None, help=self.help)
        if isinstance(self.mark, Refers):
            given["shell_complete"] = ids(self.mark.kind)
        if self.choices:
            given["type"] = click.Choice(self.choices)
        else:
            given["metavar"] = "PART=VALUE,…" if self.part else self.name.rsplit("_", 1)[-1].upper()
        return click.Option([self.flag, self.parameter], **given)

    @property
    def help(self) -> str:
        """One line: what it is, and what may be given."""
        text = _HELP.get(self.name) or self.name.replace("_", " ").capitalize() + "."
        if isinstance(self.mark, Registers):
            text = f"The new id of the {self.mark.kind}, in lower case with hyphens."
        elif isinstance(self.mark, Refers):
            text = f"Id of a registered {self.mark.kind}."
        return text + (" [required]" if self.required else "")


def options_of(event_type: type[Event]) -> list[FieldOption]:
    """The options of an event type: its own fields first, then the envelope's."""
    fields = {name: info for name, info in event_type.model_fields.items() if name not in NOT_GIVEN}
    own = [name for name in fields if name not in ENVELOPE_LAST]
    return [_option(name, fields[name], event_type) for name in (*own, *ENVELOPE_LAST)]


def _option(name: str, info: FieldInfo, event_type: type[Event]) -> FieldOption:
    kind, many = _unwrap(info.annotation)
    part = kind if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in WRITTEN else None
    defaulted = name in {"known_on"} or (name == "effective" and event_type.TOPIC in WITHOUT_EFFECTIVE)
    return FieldOption(
        name=name,
        flag="--" + _SINGULAR.get(name, name).replace("_", "-"),
        info=info,
        part=part,
        many=many,
        is_bool=kind is bool,
        choices=tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else (),
        required=info.is_required() and not defaulted,
        mark=marks_of(event_type).get(name),
    )


WITHOUT_EFFECTIVE: Final = frozenset(
    {
        "firm_registered",
        "firm_alias_registered",
        "facility_registered",
        "project_registered",
        "event_retracted",
        "claim_recorded",
    }
)
"""Types whose effective date has a default; see `policytrack.journal.validation`."""


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The kind of a value behind optional, annotated and tuple, and whether there may be several."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return _unwrap(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is tuple:
        return _unwrap(get_args(annotation)[0])[0], True
    if hasattr(annotation, "__metadata__"):
        return _unwrap(annotation.__origin__)
    return annotation, False


def fields_of(options: list[FieldOption], given: dict[str, Any]) -> dict[str, Any]:
    """The event's fields as an import would have them, from what was given on the command line.

    Raises `MalformedInput` for parts that cannot be read.
    """
    fields: dict[str, Any] = {}
    for option in options:
        value = given.get(option.parameter)
        if value is None or value == ():
            continue
        if option.part is not None:
            part = option.part
            values = [read_parts(option, part, text) for text in (value if option.many else (value,))]
            fields[option.name] = values if option.many else values[0]
        else:
            fields[option.name] = list(value) if option.many else value
    return fields


def read_parts(option: FieldOption, part: type[BaseModel], text: str) -> dict[str, Any]:
    """``a=1,b=2`` as a mapping. A comma belongs to the value unless a part's name and `=` follow it."""
    names = {info.alias or name for name, info in part.model_fields.items()}
    pieces = re.split(r",\s*(?=\w+=)", text)
    parts: dict[str, Any] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip()
        if equals and name not in names and names == {"language", "name"}:
            parts |= {"language": name, "name": value.strip()}
        elif not equals or name not in names:
            raise MalformedInput(
                f"{option.flag} {text!r}: {piece!r} is none of its parts",
                hint=f"write part=value,part=value with {', '.join(sorted(names))}",
            )
        else:
            parts[name] = {"true": True, "false": False}.get(value.strip().lower(), value.strip())
    return parts


def as_flags(event: Event) -> str:
    """The command that would record the event again: what the wizard asked for, as flags."""
    import json
    import shlex

    words = ["policytrack", "record", event.TOPIC.replace("_", "-")]
    stored = json.loads(event.to_json())
    for option in options_of(type(event)):
        value = stored.get(option.name)
        if value is None or value == option.info.default or value == []:
            continue
        for item in value if option.many else [value]:
            if option.is_bool:
                words.append(option.flag if item else f"--not-{option.flag[2:]}")
                continue
            text = ",".join(f"{name}={as_text(one)}" for name, one in item.items()) if option.part else as_text(item)
            words += [option.flag, text]
    return shlex.join(words)


def as_text(value: Any) -> str:
    """A stored value as a person would write it."""
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    if isinstance(value, dict):
        if "title" in value:
            return str(value["title"])
        if "edtf" in value:
            return str(value["edtf"])
        if "written" in value:
            return str(value["written"])
        if value.get("bound") in {"unknown", "withheld"}:
            return str(value["bound"])
        known = [str(value[key]) for key in ("value", "amount", "unit", "currency") if value.get(key)]
        if known:
            return _BOUNDS.get(str(value.get("bound")), "") + " ".join(known)
        return ",".join(f"{name}={as_text(part)}" for name, part in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
