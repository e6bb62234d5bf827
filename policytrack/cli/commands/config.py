"""`config`: lists the settings in use, and where each comes from."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any, Final

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import Context, pass_context
from policytrack.cli.defaults import TABLE, are_trusted, defaults_of, stated_defaults, variable_of
from policytrack.cli.output.write import write
from policytrack.errors import NotFound, UsageError
from policytrack.ledger_settings import SETTINGS, line_in_table, read_values
from policytrack.output.answer import Answer

_SHOWN: Final = ("setting", "value", "source", "in_use")
_PREFIX: Final = "POLICYTRACK_"
_SOURCES: Final = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: SETTINGS,
}


@click.command()
@click.argument("command", required=False, metavar="[COMMAND]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@pass_context
def config(context: Context, command: tuple[str, ...], as_json: bool) -> None:
    """List the settings and where each comes from. With COMMAND, list the values of its options.

    The command line has precedence over the environment, the environment over `policytrack.toml`, and that over the
    built-in value. An environment variable is POLICYTRACK_, the command and the option: POLICYTRACK_CAPACITY_COUNTRY.

    Examples:

        policytrack config

        policytrack config capacity

        policytrack config why national

    Next: policytrack status.
    """
    import pyarrow as pa

    rows = _of_command(context, command) if command else _of_ledger(context)
    fields = [*((name, pa.string()) for name in _SHOWN[:-1]), (_SHOWN[-1], pa.bool_())]
    table = pa.Table.from_pylist(rows, pa.schema(fields))
    write(Answer(table, "Settings", "", _SHOWN, "no setting"), context, "json" if as_json else None, None)


def _of_ledger(context: Context) -> list[dict[str, Any]]:
    """Return the global options, the environment variables, and the settings of the ledger."""
    root = plain_click.get_current_context().find_root()
    rows = []
    for parameter in root.command.params:
        name = str(parameter.name)
        if name in root.params and parameter.expose_value:
            given = root.get_parameter_source(name)
            rows.append(_row(_option(parameter), root.params[name], _source(root, parameter, given)))
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and not any(row["source"].endswith(f" {name}") for row in rows):
            rows.append(_row(name, os.environ[name], f"environment {name}"))
    ledger = context.ledger()
    values, text = read_values(ledger.root / SETTINGS)
    table = stated_defaults(ledger)
    is_trusted = are_trusted(context, ledger, table)
    for key, value in values.items():
        if key != TABLE:
            rows.append(_row(key, value, _place(key, text)))
    for key, value in table.items():
        inner = value.items() if isinstance(value, dict) else {"": value}.items()
        for name, one in inner:
            where = f"{TABLE}.{key}" if name else TABLE
            line = line_in_table(where, name or key, text)
            source = f"{SETTINGS}:{line}" if line else SETTINGS
            rows.append(_row(f"{where}.{name or key}", one, source, in_use=is_trusted))
    return rows


def _of_command(context: Context, words: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the options of a command with the values that they would have without a flag."""
    cli = plain_click.get_current_context().find_root().command
    run: click.Context = click.RichContext(cli, info_name="policytrack", auto_envvar_prefix="POLICYTRACK")
    command: click.Command = cli
    for word in words:
        found = command.get_command(run, word) if isinstance(command, click.Group) else None
        if found is None:
            raise NotFound(f"there is no command {' '.join(words)!r}", hint="list the commands: policytrack --help")
        command = getattr(found, "load", lambda found=found: found)()
        run = click.RichContext(command, parent=run, info_name=word)
    if isinstance(command, click.Group):
        raise UsageError(f"`{' '.join(words)}` has subcommands", hint=f"name one: {', '.join(command.commands)}")
    if any(parameter.opts == ["--no-defaults"] for parameter in command.params):
        ledger = context.ledger()
        table = stated_defaults(ledger)
        if table and are_trusted(context, ledger, table):
            with run.scope(cleanup=False):
                run.default_map = defaults_of(ledger, command, run.command_path, table)
    rows = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument) or getattr(parameter, "hidden", False) or parameter.is_eager:
            continue
        value, given = parameter.consume_value(run, {})
        is_set = isinstance(value, str | int | Path | date | list | tuple)  # click marks a missing value by a sentinel
        rows.append(_row(_option(parameter), value if is_set else None, _source(run, parameter, given)))
    return rows


def _option(parameter: click.Parameter) -> str:
    return max(parameter.opts, key=len)


def _source(run: click.Context, parameter: click.Parameter, given: ParameterSource | None) -> str:
    if given is ParameterSource.ENVIRONMENT:
        return f"environment {variable_of(run, parameter)}"
    return _SOURCES.get(given, "built in") if given is not None else "built in"


def _place(key: str, text: str) -> str:
    from policytrack.ledger_settings import STORE_VARIABLE, line_of

    if key == "store" and STORE_VARIABLE in os.environ:
        return f"{SETTINGS}, replaced by environment {STORE_VARIABLE}"
    line = line_of(key, text)
    return f"{SETTINGS}:{line}" if line else SETTINGS


def _row(setting: str, value: Any, source: str, *, in_use: bool = True) -> dict[str, Any]:
    import json

    text: str | None
    if isinstance(value, list | tuple):
        text = ", ".join(map(str, value))
    elif isinstance(value, dict):
        text = json.dumps(value, default=str, ensure_ascii=False)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = None if value is None else str(value)
    return {"setting": setting, "value": text or None, "source": source, "in_use": in_use}
