"""Turns the fields of an event class into command-line options, one option per field.

An option of a list field is named in the singular and repeated. A field with parts is written
`part=value,part=value`: `--partner firm_id=northern-rare-earth,stake_pct=51`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import rich_click as click
from pydantic import BaseModel

from policytrack.api.written import as_text
from policytrack.cli.shell_completion import ids
from policytrack.errors import MalformedInput
from policytrack.events import Event
from policytrack.events.custom_fields import FieldValue
from policytrack.events.envelope import Refers
from policytrack.events.fields import Field
from policytrack.events.fields import fields_of as fields_of_type
from policytrack.values.dates import VagueDate

NOT_GIVEN: Final = frozenset({"event_id", "type", "schema_version", "supersedes", "acknowledged"})


@dataclass(frozen=True, slots=True)
class FieldOption(Field):
    """One field of an event type as an option."""

    @property
    def flag(self) -> str:
        """The flag, named after one item if the field is a list: ``--source``."""
        return "--" + self.item.replace("_", "-")

    @property
    def parameter(self) -> str:
        """The name of click's parameter for the value."""
        return self.item

    @property
    def is_bool(self) -> bool:
        """Whether the option is a pair of flags: ``--final/--not-final``."""
        return self.kind is bool

    def option(self) -> click.Option:
        """Return the field as an option of click."""
        settings: dict[str, Any] = {"help": self.help, "multiple": self.many}
        if self.is_bool:
            return click.Option([f"{self.flag}/--not-{self.flag[2:]}", self.parameter], default=None, help=self.help)
        if isinstance(self.mark, Refers):
            settings["shell_complete"] = ids(self.mark.kind)
        if self.part is FieldValue:
            settings["shell_complete"] = ids("field")
        if self.choices:
            settings["type"] = click.Choice(self.choices)
        else:
            settings["metavar"] = self.metavar
        return click.Option([self.flag, self.parameter], **settings)

    @property
    def metavar(self) -> str:
        """The placeholder of the value in the help: DATE, PART=VALUE,… or the last word of the name."""
        if self.part is not None:
            return "PART=VALUE,…" if self.part is not FieldValue else "FIELD=VALUE"
        last = self.item.rsplit("_", 1)[-1].upper()
        return "DATE" if self.kind in (VagueDate, date) else {"BY": "NAME", "NO": "NUMBER"}.get(last, last)

    @property
    def help(self) -> str:
        """The help text: what the field means, and which values it accepts."""
        return self.meaning + (" [required]" if self.required else "")


def options_of(event_type: type[Event]) -> list[FieldOption]:
    """Return the options of an event type: its own fields first, then those of the envelope."""
    return [
        FieldOption(*(getattr(field, slot) for slot in Field.__slots__))
        for field in fields_of_type(event_type).values()
        if field.name not in NOT_GIVEN
    ]


def fields_of(options: list[FieldOption], given: dict[str, Any]) -> dict[str, Any]:
    """Return the event's fields as an import reads them, from the values on the command line.

    Raises `MalformedInput` for a text with parts that is not ``part=value,…``.
    """
    fields: dict[str, Any] = {}
    for option in options:
        value = given.get(option.parameter)
        if value is None or value == ():
            continue
        if option.part is not None:
            part = option.part
            given_items = value if option.many else (value,)  # texts of flags, or parts that were prompted for
            values = [read_parts(option, part, one) if isinstance(one, str) else dict(one) for one in given_items]
            fields[option.name] = values if option.many else values[0]
        else:
            fields[option.name] = list(value) if option.many else value
    return fields


def read_parts(option: FieldOption, part: type[BaseModel], text: str) -> dict[str, Any]:
    """Return ``a=1,b=2`` as a dict. A comma belongs to the value unless a name and `=` follow it.

    Names in other languages may be written ``zh=北方稀土``, and custom fields ``node=28 nm``.
    Raises `MalformedInput` for an unknown part.
    """
    names = {info.alias or name for name, info in part.model_fields.items()}
    head, equals, rest = text.partition("=")
    if part is FieldValue and equals and head.strip() not in names:  # node=28 nm, in one flag for each field
        return {"field_id": head.strip(), "value": rest.strip()}
    pieces = re.split(r",\s*(?=\w+=)", text)
    parts: dict[str, Any] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip()
        if equals and name not in names and names == {"language", "name"}:  # zh=北方稀土
            parts |= {"language": name, "name": value.strip()}
        elif not equals or name not in names:
            raise MalformedInput(
                f"{option.flag} {text!r}: {piece!r} is not one of its parts",
                hint=f"write part=value,part=value with the parts {', '.join(sorted(names))}",
            )
        else:  # other values stay text: the event class reads them, as it does in an import
            parts[name] = {"true": True, "false": False}.get(value.strip().lower(), value.strip())
    return parts


def as_flags(event: Event) -> str:
    """Return the command line that records the same event without prompts."""
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
            if option.part is FieldValue:
                text = f"{item['field_id']}={item['value']}"
            else:
                is_parted = option.part is not None
                text = ",".join(f"{name}={as_text(one)}" for name, one in item.items()) if is_parted else as_text(item)
            words += [option.flag, text]
    return shlex.join(words)
