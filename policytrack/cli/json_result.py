"""`--json` of commands that write, or print no rows: one JSON object on standard output about what was done.

What people read goes to standard error then, also the effect of a dry run and the changes of a correction.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import rich_click as click

from policytrack.cli.context import Context
from policytrack.output.values import to_json

REPORTING: Final = frozenset(
    {
        *("init", "record", "import", "correct", "retract", "undo", "claim"),
        *("verify", "rebuild", "backup", "restore", "copy-store", "pull", "seal"),
        *("map", "template", "report", "prove", "verify-proof", "help", "completion"),
    }
)
"""Commands that print messages, a text or a file instead of rows, by name: they get the option."""


def add_json(command: click.Command) -> None:
    """Add the option to a command."""
    command.params.append(
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_report_json,
            help="Print one JSON object about what was done; messages go to stderr.",
        )
    )


def _report_json(run: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Redirect what the command prints to standard error until the run ends."""
    del parameter
    context = run.ensure_object(Context)
    if value and context.output is None:
        context.output = output = sys.stdout
        sys.stdout = sys.stderr

        def restore() -> None:
            sys.stdout = output

        run.find_root().call_on_close(restore)


def print_done(context: Context) -> None:
    """Print the object of a command that succeeded: what it did, its messages, and the head of the ledger."""
    if context.output is not None:
        done = {**_ledger_of(context), **context.done, "messages": context.messages}
        context.output.buffer.write(to_json(done).encode() + b"\n")
        context.output.flush()


def _ledger_of(context: Context) -> dict[str, Any]:
    """Return the folder and the head of the ledger, if the command opened one."""
    if not context.has_opened:
        return {}
    ledger = context.ledger()
    top = ledger.store.head()
    return {"ledger": str(ledger.root), "head": top.position, "digest": f"sha256:{top.digest_hex}"}
