"""Prompts on a terminal for the fields that the flags did not set. Every prompt has a flag too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.unseen import echo
from policytrack.errors import MalformedInput, PolicytrackError, findings_of
from policytrack.events.envelope import Refers, Registers
from policytrack.events.fields import USUAL

if TYPE_CHECKING:
    from policytrack.cli.event_options import FieldOption
    from policytrack.events import Event
    from policytrack.events.fields import Field
    from policytrack.ledger import Ledger

FaultOf = Callable[[dict[str, Any]], str | None]
"""Returns what is wrong with the answers so far, with the hint; None if nothing is."""
_USUAL_PARTS: Final = frozenset(
    [
        "publisher",
        "url",
        "published_on",
        "stake_pct",
        "due",
        "facility_id",
        "firm_id",
        "lot_id",
        "undisclosed",
        "retire_by",
        "ratio_min",
    ]
)
"""Optional parts for which a prompt is shown; the others have a flag."""
_WHOLE: Final = re.compile(r"\w+=")
"""The beginning of an item as after the flag."""


def choose_type(types: list[str]) -> str:
    """Prompt for the event type, by number or by name, and return its name."""
    for number, name in enumerate(types, start=1):
        echo(f"  {number:>2}  {name}", err=True)
    names = {str(number): name for number, name in enumerate(types, start=1)} | {name: name for name in types}

    def read(answer: str) -> str:
        if answer.strip() not in names:
            raise click.BadParameter(f"{answer.strip()!r} is not in the list. Use a number or a name of the list")
        return names[answer.strip()]

    return str(click.prompt("Event type", value_proc=read, err=True))


class _Back(Exception):  # not an error: the user asks for the prompt before
    """The answer was `<`."""


class Prompts:
    """The prompts of one recording. `registrations` are the events for ids that the user registered on the way."""

    def __init__(self, context: Context, ledger: Ledger) -> None:
        self.registrations: list[Event] = []
        self._ledger = ledger
        self._known, self._declared = _registered(context, ledger)
        self._said: dict[str, Any] = {}
        """Source and knowledge date of the last registration, offered for the next event."""
        echo(
            "Press Enter to skip an optional field, < to go back, Ctrl-C to cancel; nothing is written until the end.",
            err=True,
        )

    def ask(
        self,
        options: list[FieldOption],
        given: dict[str, Any],
        fault_of: FaultOf,
        *,
        is_registration: bool = False,
    ) -> None:
        """Prompt for each required or usual field that `given` does not have, and add the answers to `given`.

        An answer with a fault is refused at once, and the prompt is repeated. `<` goes back to the prompt before. A
        prompt that was answered before offers that answer: Enter keeps it, `-` takes it away. At the first prompt of a
        registration on the way, `<` raises `_Back`: the user does not want it.
        """
        asked = [
            option
            for option in options
            if given.get(option.parameter) in (None, ())
            and (option.required or option.name in USUAL or self._fields_of(option))
        ]
        earlier: dict[str, Any] = {}
        at = 0
        while at < len(asked):
            option = asked[at]

            def fault(answer: Any, option: FieldOption = option) -> str | None:
                return fault_of({**given, option.parameter: answer})

            offered = earlier.get(option.parameter, self._said.get(option.parameter))
            try:
                answer = self._option(option, offered, fault)
            except _Back:
                if at == 0 and is_registration:
                    raise
                earlier |= {} if offered is None else {option.parameter: offered}
                at = max(at - 1, 0)
                if asked[at].parameter in given:
                    earlier[asked[at].parameter] = given.pop(asked[at].parameter)
                continue
            if answer is not None:
                given[option.parameter] = answer
            at += 1

    def _option(self, option: FieldOption, earlier: Any, fault: Callable[[Any], str | None]) -> Any:
        """Return an answer without a fault; None for a field that the user skips. Raises `_Back`."""
        if self._fields_of(option):
            return self._custom_fields(option, list(earlier or ()), fault)
        if option.many:
            return self._list(option, list(earlier or ()), fault)
        while (answer := self._field(option, option.name.replace("_", " "), earlier)) is not None:
            wrong = fault(answer)
            if wrong is None:
                return answer
            echo(wrong, err=True)
        return None

    def _fields_of(self, option: FieldOption) -> list[dict[str, Any]]:
        """Return the custom fields that the ledger declares for the event of an option; none for another option."""
        from policytrack.cli.declared_fields import declared_for

        return declared_for(option.model, self._declared) if option.name == "fields" else []  # type: ignore[arg-type] # of an event type

    def _custom_fields(self, option: FieldOption, earlier: list[Any], fault: Callable[[Any], str | None]) -> Any:
        """Prompt for each custom field; a value is checked against its declaration. Raises `_Back` at the first."""
        from policytrack.cli.declared_fields import choices_of
        from policytrack.values.field_values import Declaration

        declared = self._fields_of(option)
        drafts = {one["field_id"]: one["value"] for one in earlier}
        found: dict[str, str] = {}
        at = 0
        while at < len(declared):
            one = declared[at]
            id_, label = one["field_id"], one["name"] + (f" in {one['unit']}" if one["unit"] else "")
            try:
                answer = _prompt(label, drafts.get(id_), choices_of(one))
            except _Back:
                if at == 0:
                    raise
                at -= 1
                drafts |= {declared[at]["field_id"]: found.pop(declared[at]["field_id"], "")}
                continue
            items = [{"field_id": name, "value": value} for name, value in {**found, id_: answer}.items()]
            refused = Declaration.of(one).fault(answer) if answer else None
            wrong = f"{refused[0]}; {refused[1]}" if refused else fault(tuple(items)) if answer else None
            if wrong is not None:
                echo(wrong, err=True)
                continue
            if answer:
                found[id_] = answer
            at += 1
        return tuple({"field_id": name, "value": value} for name, value in found.items()) or None

    def _list(self, option: FieldOption, earlier: list[Any], fault: Callable[[Any], str | None]) -> Any:
        """Prompt for the items of a list, an item with parts part by part."""
        from policytrack.cli.event_options import read_parts

        answers: list[Any] = []
        label = option.item.replace("_", " ")
        while True:
            before = earlier.pop(0) if earlier else None
            number = f"{label} {len(answers) + 1}"
            try:
                if option.part is None:
                    item = _prompt(f"{number}, empty to end", before)
                else:
                    if isinstance(before, str):
                        before = read_parts(option, option.part, before)
                    item = self._parts(option, number, before)
            except MalformedInput as problem:
                echo(f"{problem.what}; {problem.hint}", err=True)
                continue
            except _Back:
                if not answers:
                    raise
                earlier = [answers.pop(), *([before] if before else ()), *earlier]
                continue
            if not item:
                if option.required and not answers:
                    echo("required: enter at least one", err=True)
                    continue
                return tuple(answers) or None
            wrong = fault((*answers, item))
            if wrong is None:
                answers.append(item)
            else:
                echo(wrong, err=True)
                earlier = [item, *earlier]

    def _parts(self, option: FieldOption, label: str, earlier: Any) -> Any:
        """Prompt for the parts of one item, what is required first; None ends the list.

        The first answer may also be the whole item as after the flag: ``title=Seen,class=company``. Raises
        `MalformedInput` for one of these with an unknown part, and `_Back` at the first part.
        """
        from policytrack.cli.event_options import read_parts
        from policytrack.events.fields import fields_of

        part = option.part
        if part is None:  # an option without parts is prompted for by itself
            raise TypeError(option.name)
        fields = [field for field in fields_of(part).values() if field.required or field.name in _USUAL_PARTS]
        fields.sort(key=lambda field: not field.required)
        found: dict[str, Any] = {}
        drafts = dict(earlier or {})
        at = 0
        while at < len(fields):
            field = fields[at]
            name = f"{label} {field.name.replace('_', ' ')}" + (", empty to end" if at == 0 else "")
            try:
                answer = self._field(field, name, drafts.get(field.name), is_required=field.required and at > 0)
            except _Back:
                if at == 0:
                    raise
                at -= 1
                drafts |= {one.name: found.pop(one.name) for one in fields[at:] if one.name in found}
                continue
            if at == 0 and answer is None:
                return None
            if at == 0 and _WHOLE.match(answer):
                return read_parts(option, part, answer)
            if answer is not None:
                found[field.name] = answer
            at += 1
        unasked = {name: value for name, value in drafts.items() if name not in {field.name for field in fields}}
        return {**found, **unasked}

    def _field(self, field: Field, label: str, earlier: Any, *, is_required: bool | None = None) -> Any:
        """Return the answer to one prompt; None for an optional field that is skipped. Raises `_Back`."""
        is_required = field.required if is_required is None else is_required
        choices = field.choices or (("true", "false") if field.kind is bool else ())
        hint = f" [{today()}]" if field.name == "known_on" and earlier is None else ""
        refers = field.mark.kind if isinstance(field.mark, Refers) else None
        while True:
            default = str(field.default or "") if earlier is None and field.choices and not is_required else earlier
            answer = _prompt(label + hint, default, choices)
            if not answer:
                if not is_required:
                    return None
                echo("required", err=True)
            elif choices:
                if answer in choices or _WHOLE.match(answer):
                    return {"true": True, "false": False}.get(answer, answer) if field.kind is bool else answer
                echo(f"{answer!r} is not one of {', '.join(choices)}", err=True)
            elif refers is None or answer in self._known.get(refers, {}) or _WHOLE.match(answer):
                return answer
            elif (chosen := self._offer(refers, answer)) is not None:
                return chosen

    def _offer(self, kind: str, answer: str) -> str | None:
        """Offer near matches of an unregistered id one by one, then its registration.

        Returns the id that the user accepts or registers, or None.
        """
        from policytrack.decide.boundary import REGISTERED_BY
        from policytrack.values.ids import near_matches

        known = self._known.setdefault(kind, {})
        # Ids last: the name of one thing must not hide the id of another.
        names = {name: id_ for id_, name in known.items()} | {id_: id_ for id_ in known}
        for candidate in dict.fromkeys(names[match] for match in near_matches(answer, names)):
            if click.confirm(f"no {kind} {answer!r}. Is it {candidate} ({known[candidate]})?", default=False, err=True):
                return candidate
        if kind not in REGISTERED_BY:
            echo(f"no {kind} {answer!r}; list the known ones with `policytrack sql 'FROM {kind}'`", err=True)
            return None
        if not click.confirm(f"no {kind} {answer!r}. Register it now?", default=False, err=True):
            if kind == "activity":
                echo("list the activities with `policytrack help activities`", err=True)
            return None
        return self._registered_now(kind, REGISTERED_BY[kind], answer)

    def _registered_now(self, kind: str, event_type: type[Event], answer: str) -> str | None:
        """Prompt for the registration of an id or a name, and return the id; None if it has a fault or is cancelled."""
        from policytrack.cli.event_options import fields_of, options_of
        from policytrack.cli.recording import validated
        from policytrack.values.ids import suggest_slug

        options = options_of(event_type)
        flags = {option.name: option.flag for option in options}
        id_option = next(option for option in options if isinstance(option.mark, Registers))
        given: dict[str, Any] = {}
        if slug := suggest_slug(answer):
            given[id_option.parameter] = slug
        if slug != answer and any(option.parameter == "name" for option in options):
            given["name"] = answer

        def validate(given: dict[str, Any]) -> Event:
            fields = {"type": event_type.TOPIC, **fields_of(options, given)}
            return validated(self._ledger, event_type, fields, flags)

        echo(f"{event_type.TOPIC} {given.get(id_option.parameter, '')}".rstrip() + ":", err=True)
        try:
            self.ask(
                options,
                given,
                lambda given: fault_at(options, given, lambda: validate(given), event_type),
                is_registration=True,
            )
            event = validate(given)
        except _Back:
            return None
        except PolicytrackError as error:
            echo(f"not registered: {error.what}" + (f" ({error.hint})" if error.hint else ""), err=True)
            return None
        self.registrations.append(event)
        self._said = {name: given[name] for name in ("known_on", "source") if name in given}
        id_ = str(given[id_option.parameter])
        self._known.setdefault(kind, {})[id_] = str(given.get("name", id_))
        echo(f"{id_} will be registered together with the event:", err=True)
        return id_


def fault_at(
    options: list[FieldOption], given: dict[str, Any], validate: Callable[[], Event], event_type: type[Event]
) -> str | None:
    """Validate an event of which fields may still be missing; return the first fault at one of the answers, if any.

    Two answers may contradict each other: then the later one is prompted for again.
    """
    flags = {option.flag for option in options if given.get(option.parameter) not in (None, ())}
    try:
        validate()
    except PolicytrackError as error:
        for one in findings_of(error):
            if str(one.place) in flags:
                hint = f" ({one.hint})" if one.hint else ""
                return f"{one.what.removeprefix(f'{event_type.TOPIC}.')}{hint}"
    return None


def _prompt(label: str, earlier: Any, choices: Sequence[str] = ()) -> str:
    """Return one answer without blanks around it, or the earlier one for Enter. Raises `_Back` for `<`."""
    shown = f"{label} ({', '.join(choices)})" if choices else label
    default = "" if earlier is None else str(earlier)
    answer = str(click.prompt(shown, default=default, show_default=bool(default), err=True)).strip()
    if answer == "<":
        raise _Back
    return "" if answer == "-" and default else answer


def _registered(context: Context, ledger: Ledger) -> tuple[dict[str, dict[str, str]], list[dict[str, Any]]]:
    """Return the names of everything registered, by kind and id, and the declared custom fields."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    known: dict[str, dict[str, str]] = {}
    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        for row in ask(session, "registered").to_pylist():
            known.setdefault(row["kind"], {})[row["id"]] = row["name"]
        declared: list[dict[str, Any]] = ask(session, "custom_fields").to_pylist()
    return known, declared
