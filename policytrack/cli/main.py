"""The `policytrack` command: global options, the list of commands, and errors as one line and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import rich_click as click

import policytrack
from policytrack.cli import (
    ask,
    bring,
    check,
    claim,
    completion,
    correct,
    doctor,
    explain,
    export,
    firm,
    forecast,
    keep,
    page,
    plot,
    policy,
    record,
    sql,
    template,
    topics,
    why,
)
from policytrack.cli.context import Context
from policytrack.errors import PolicytrackError, RejectedImport

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "POLICYTRACK"})
@click.rich_config({"theme": "default-slim"})
@click.command_panel("Record", commands=["init", "record", "import", "template", "correct", "retract", "claim"])
@click.command_panel(
    "Ask", commands=["asof", "capacity", "holdings", "pending", "series", "why", "diff", "log", "show", "firm", "sql"]
)
@click.command_panel("Policy", commands=["swaps", "lots", "quotas", "policies", "support", "forecast"])
@click.command_panel("Share", commands=["plot", "export"])
@click.command_panel(
    "Keep", commands=["status", "check", "verify", "rebuild", "doctor", "schema", "completion", "help"]
)
@click.option(
    "-C",
    "--ledger",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="The ledger's folder. [default: here or above]",
)
@click.option("--no-input", is_flag=True, help="Never ask; a missing value is an error.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No words on stderr but errors.")
@click.option("-v", "--verbose", is_flag=True, help="More words on stderr.")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@click.version_option(policytrack.__version__, prog_name="policytrack")
@click.pass_context
def cli(ctx: click.Context, folder: Path, no_input: bool, color: str, quiet: bool, verbose: bool, debug: bool) -> None:
    """An event-sourced record of industrial policy and capacity, answered as of any date on two clocks.

    Start: policytrack init demo --demo, then policytrack -C demo capacity.
    """
    ctx.obj = Context(folder, no_input, color, -1 if quiet else int(verbose))
    ctx.meta["policytrack.debug"] = debug
    ctx.color = {"always": True, "never": False}.get(color, False if "NO_COLOR" in os.environ else None)


for command in (
    keep.init, record.record, bring.import_, template.template, correct.correct, correct.retract, claim.claim,
    ask.capacity, ask.holdings, ask.pending, page.asof, ask.log_command, page.show, firm.firm, sql.sql,
    why.why, explain.diff, explain.series,
    policy.swaps, policy.lots, policy.quotas, policy.policies, policy.support, forecast.forecast, check.check,
    plot.plot, export.export,
    doctor.doctor, completion.completion, topics.help_,
    keep.status, keep.verify, keep.rebuild, keep.schema,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    debug = "--debug" in sys.argv
    try:
        # click hands over the code of an Exit that a command raised; commands return nothing else.
        sys.exit(cli.main(prog_name="policytrack", standalone_mode=False))
    except PolicytrackError as error:
        report(error)
        if debug:
            raise
        sys.exit(error.exit_code)
    except click.UsageError as error:
        _report_usage(error)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"policytrack: error PT100: {error.format_message()}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("policytrack: interrupted; nothing was left half-written", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; that is no error of ours.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as mistake:
        # A mistake of ours: the user gets one line and a way to tell us, not a page of our insides.
        if debug:
            raise
        click.echo(f"policytrack: error PT999: a mistake in policytrack: {type(mistake).__name__}: {mistake}", err=True)
        click.echo("hint: please report it with what --debug prints; nothing is half-written", err=True)
        sys.exit(1)


def report(error: PolicytrackError) -> None:
    """Print an error: one line, then what to do. An import's findings come first, each on its line."""
    if isinstance(error, RejectedImport):
        for finding in error.findings:
            where = f"{finding.place}: " if finding.place else ""
            hint = f" ({finding.hint})" if finding.hint else ""
            click.echo(f"{where}error {finding.code}: {finding.what}{hint}", err=True)
    click.echo(f"policytrack: error {error.code}: {error}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)


def _report_usage(error: click.UsageError) -> None:
    command = error.ctx.command_path if error.ctx else "policytrack"
    click.echo(f"policytrack: error PT100: {error.format_message()}", err=True)
    click.echo(f"hint: {command} --help", err=True)
