"""Applies `[defaults]` of the settings of a ledger to options of queries that are not given on the command line.

A flag has precedence over the environment, the environment over the settings, the settings over the built-in value. A
ledger from a stranger must not change figures: its defaults are not used until the user trusts them with --trust.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import TO_TRUST, Context, Default
from policytrack.errors import IntegrityTrouble, Place, PolicytrackError, shortened
from policytrack.ledger_settings import SETTINGS, line_in_table, read_values

if TYPE_CHECKING:
    from policytrack.ledger import Ledger

TABLE: Final = "defaults"
FILTERS: Final = ("country", "region", "activity", "firm")
GENERAL: Final = (*FILTERS, "as-of", "known-at", "dates", "assertion", "min-sources-folded", "format")
"""Options that may have a default for all queries. A query without the option ignores it."""
OF_A_COMMAND: Final = (*GENERAL, "columns", "unit")
"""Options that may have a default for one command: the columns and units of answers differ."""
_NAME_OF_TRUST: Final = f"{SETTINGS} [{TABLE}]"


def stated_defaults(ledger: Ledger) -> dict[str, Any]:
    """Return the table `[defaults]` of the settings, also if the user does not trust it; empty without one.

    Raises what `read_values` raises.
    """
    table = read_values(ledger.root / SETTINGS)[0].get(TABLE, {})
    return table if isinstance(table, dict) else {"": table}


def are_trusted(context: Context, ledger: Ledger, table: dict[str, Any]) -> bool:
    """Return whether the user trusts these defaults of the ledger. With --trust, trust them as they are now."""
    if context.trusts and table:
        ledger.trust.trust([(_NAME_OF_TRUST, _canonical(table))])
    return ledger.trust.is_trusted(ledger.root / SETTINGS, _NAME_OF_TRUST, _canonical(table))


def defaults_of(ledger: Ledger, command: click.Command, path: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the defaults of a command by parameter name. `path` is its command path: ``policytrack why capacity``.

    Those of the command have precedence over the general ones. Raises `IntegrityTrouble`, with the line, for a key or
    value that cannot be a default.
    """
    reading = _Reading(ledger)
    general = {key: value for key, value in table.items() if not isinstance(value, dict)}
    reading.check_keys("", general, GENERAL)
    commands = getattr(plain_click.get_current_context().find_root().command, "commands", {})
    for name, own in table.items():
        if isinstance(own, dict):
            if name not in commands:
                raise reading.wrong(f"there is no command {shortened(name)!r}", "", name)
            reading.check_keys(name, own, OF_A_COMMAND)
    name = [*path.split(), ""][1]
    by_option = {option: parameter for parameter in command.params for option in parameter.opts}
    found: dict[str, Any] = {}
    for where, values in (("", general), (name, table.get(name, {}))):
        for key, value in values.items():
            parameter = by_option.get(f"--{key}")
            if parameter is not None and parameter.name is not None:
                found[parameter.name] = reading.checked(parameter, where, key, value)
            elif where:
                raise reading.wrong(f"`policytrack {name}` has no option --{key}", where, key)
    return found


@dataclass(frozen=True)
class _Reading:
    """Checks the defaults of one ledger."""

    ledger: Ledger

    def check_keys(self, where: str, given: dict[str, Any], allowed: tuple[str, ...]) -> None:
        for key in given:
            if key not in allowed:
                named = f"{key} can be a default of one command only" if key in OF_A_COMMAND else ""
                named = named if key else f"[{TABLE}] is not a table"
                raise self.wrong(named or f"{shortened(key)!r} cannot be a default", where, key)

    def checked(self, parameter: click.Parameter, where: str, key: str, value: Any) -> Any:
        """Return the value as click expects it, after a trial conversion."""
        words = value if isinstance(value, list) else [value]
        if not words or not all(isinstance(word, str | int | date) and not isinstance(word, bool) for word in words):
            raise self.wrong(f"the default {key} is not a text, a date or a list of texts", where, key)
        texts = [str(word) for word in words]
        if not parameter.multiple and key in ("assertion", "columns"):
            texts = [",".join(texts)]
        if not parameter.multiple and len(texts) > 1:
            raise self.wrong(f"the default {key} has more than one value", where, key)
        found = texts if parameter.multiple else texts[0]
        try:
            parameter.type_cast_value(plain_click.get_current_context(), found)
        except click.BadParameter as refused:
            raise self.wrong(f"the default {key}: {refused.message}", where, key) from refused
        return found

    def wrong(self, what: str, where: str, key: str) -> IntegrityTrouble:
        path = self.ledger.root / SETTINGS
        line = line_in_table(f"{TABLE}.{where}" if where else TABLE, key, read_values(path)[1])
        allowed = OF_A_COMMAND if where else GENERAL
        return IntegrityTrouble(
            what,
            place=Place(str(path), line),
            hint=f"correct the line, or leave the defaults out with --no-defaults; keys: {', '.join(allowed)}",
        )


def apply_defaults(run: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Set the defaults of the settings for the command that is being parsed. The callback of --no-defaults.

    It is eager and last: click has processed -C and --trust, and not yet the options that may have a default.
    """
    del parameter
    if value or run.resilient_parsing:
        return
    context = run.ensure_object(Context)
    try:
        ledger = context.ledger()
    except PolicytrackError:  # the command reports it, after the errors of its command line
        return
    if not (table := stated_defaults(ledger)):
        return
    if not are_trusted(context, ledger, table):
        context.warn(
            [
                f"not used: [{TABLE}] of {ledger.root / SETTINGS}; they came with the ledger, or changed since you"
                f" trusted them. {TO_TRUST.replace('files', 'file').capitalize()}"
            ]
        )
        return
    run.default_map = defaults_of(ledger, run.command, run.command_path, table)


NO_DEFAULTS = click.option(
    "--no-defaults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=apply_defaults,
    help="Do not use the defaults of the settings.",
)


def note_defaults(run: click.Context, context: Context) -> None:
    """Remember which options of the running query come from defaults or the environment, and report them."""
    for parameter in run.command.params:
        name, source = str(parameter.name), run.get_parameter_source(str(parameter.name))
        option = max(parameter.opts, key=len).removeprefix("--")
        if option not in OF_A_COMMAND or option == "format":
            continue
        if source is ParameterSource.DEFAULT_MAP:
            where = SETTINGS
        elif source is ParameterSource.ENVIRONMENT:
            where = variable_of(run, parameter)
        else:
            continue
        value = run.params[name]
        text = " and ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        context.defaults[option] = Default(text, where, option in FILTERS)
    by_source: dict[str, list[str]] = {}
    for option, default in context.defaults.items():
        by_source.setdefault(default.source, []).append(f"{option} {default.value}")
    for where, stated in by_source.items():
        cure = "; --no-defaults leaves them out" if where == SETTINGS else ""
        context.say(f"note: by default of {where}: {', '.join(stated)}{cure}")


def variable_of(run: click.Context, parameter: click.Parameter) -> str:
    """Return the name of the environment variable of an option."""
    own = parameter.envvar if isinstance(parameter.envvar, str) else ""
    return own or f"{run.auto_envvar_prefix}_{str(parameter.name).upper()}"


def is_default(run: click.Context, name: str) -> bool:
    """Return whether an option has its value from the settings, not from the user."""
    return run.get_parameter_source(name) is ParameterSource.DEFAULT_MAP


def filters_by_default(context: Context) -> str:
    """Return the part of the line under an answer that names the filters from defaults; empty without any."""
    filters = [f"{option} {one.value}" for option, one in context.defaults.items() if one.is_filter]
    return f" · only {', '.join(filters)} (by default)" if filters else ""


def _canonical(table: dict[str, Any]) -> str:
    return json.dumps(table, sort_keys=True, default=str)
