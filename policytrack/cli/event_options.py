"""Event fields as command-line options: one option a field, made from the class, so that none can be forgotten.

A field that is a list is given several times, under its singular. A field with parts is written
`part=value,part=value`: `--partner firm_id=northern-rare-earth,stake_pct=51`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import rich_click as click
from pydantic import BaseModel

from policytrack.cli.shell_completion import ids
from policytrack.errors import MalformedInput
from policytrack.events import Event
from policytrack.events.envelope import Refers, Registers
from policytrack.events.fields import Field
from policytrack.events.fields import fields_of as fields_of_type
from policytrack.values.dates import shown_date

_BOUNDS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
NOT_GIVEN: Final = frozenset({"event_id", "type", "schema_version", "supersedes", "acknowledged"})


@dataclass(frozen=True, slots=True)
class FieldOption(Field):
    """One field of an event type as an option."""

    @property
    def flag(self) -> str:
        """The option, named after one item where the field is a list."""
        return "--" + self.item.replace("_", "-")

    @property
    def parameter(self) -> str:
        """The name under which click hands the value over."""
        return self.item

    @property
    def is_bool(self) -> bool:
        """Whether the field is true or false."""
        return self.kind is bool

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
        text = self.description
        if isinstance(self.mark, Registers):
            text = f"The new id of the {self.mark.kind}, in lower case with hyphens."
        elif isinstance(self.mark, Refers):
            text = f"{text} Id of a registered {self.mark.kind}.".strip()
        return text + (" [required]" if self.required else "")


def options_of(event_type: type[Event]) -> list[FieldOption]:
    """Return the options of an event type: its own fields first, then those of the envelope."""
    return [
        FieldOption(*(getattr(field, slot) for slot in Field.__slots__))
        for field in fields_of_type(event_type).values()
        if field.name not in NOT_GIVEN
    ]


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
        if value is None or value == option.default or value == []:
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
            return shown_date(value)
        if "written" in value:
            return str(value["written"])
        if value.get("bound") in {"unknown", "withheld"}:
            return str(value["bound"])
        known = [str(value[key]) for key in ("value", "amount", "unit", "currency") if value.get(key)]
        if known:
            return _BOUNDS.get(str(value.get("bound")), "") + " ".join(known)
        return ",".join(f"{name}={as_text(part)}" for name, part in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
