"""The `policytrack` command: global options, the list of commands, and errors as one line and an exit code."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import rich_click as click

import policytrack
from policytrack.cli.context import Context
from policytrack.cli.global_options import COLORS, color_of
from policytrack.cli.lazy_command import LazyCommand
from policytrack.cli.output.streams import OutputFailed, ReaderGone, abandon_output, prepare
from policytrack.errors import INTERRUPTED, INTERRUPTED_CODE, PolicytrackError, RejectedImport, StorageTrouble


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "POLICYTRACK"})
@click.rich_config({"theme": "default-slim"})
@click.command_panel("Record", commands=["init", "record", "import", "template", "correct", "retract", "undo", "claim"])
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
@click.option("--no-input", is_flag=True, help="Never prompt; a missing value is an error.")
@click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Print only errors to stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Print more messages to stderr.")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@click.version_option(policytrack.__version__, prog_name="policytrack")
@click.pass_context
def cli(ctx: click.Context, folder: Path, no_input: bool, color: str, quiet: bool, verbose: bool, debug: bool) -> None:
    """An event-sourced record of industrial policy and capacity, answered as of any date on two clocks.

    Start: policytrack init demo --demo, then policytrack -C demo capacity. The options below may also follow a command.
    """
    ctx.obj = Context(folder, no_input, color, -1 if quiet else int(verbose), debug)
    ctx.meta["policytrack.debug"] = debug
    ctx.color = color_of(color)


for name, summary in (
    ("init", "Make a new ledger in a folder."),
    ("record", "Record one event. Without TYPE, on a terminal, choose from a list."),
    (
        "import",
        "Import events from YAML, JSON Lines, CSV or XLSX files, all of them or none. `-` reads stdin.",
    ),
    (
        "template",
        "Write a file to fill in and import: YAML with comments, or a table (CSV, or XLSX with drop-downs).",
    ),
    ("correct", "Correct an event by another one of the same type."),
    ("retract", "Retract an event: it is no longer in force, and nothing takes its place."),
    ("undo", "Undo an import: retract all that it recorded, in one transaction."),
    (
        "claim",
        "Record what another source says of an event. No figure changes; see `claim_conflict`, `event_verification`.",
    ),
    ("capacity", "Show national capacity: operating, owed to swaps, net, and pending."),
    ("holdings", "Show each firm's capacity: operated, controlled, attributable."),
    ("pending", "Show projects still to come: gross, retiring, net, due."),
    ("asof", "Show one page: capacity, pending, the latest events and what to beware of."),
    ("log", "List the events, oldest position first."),
    (
        "show",
        "Show an event (e14), or a firm, facility, project, swap, lot, rule or quota, with sources and events.",
    ),
    ("firm", "Find firms by any of their names, show one, give one another name."),
    ("sql", "Ask SQL over the views, read-only. `-` reads the query from stdin."),
    ("why", "Explain a figure: the events and sources that make it, which add up to it exactly."),
    ("diff", "Split a change of the national figures into what happened and what was learned."),
    ("series", "Show the national figures over time, at the ends of months, quarters or years."),
    ("swaps", "Show capacity swaps: what must go, what is gone, and the verdict with its reasons."),
    ("lots", "Show credit lots: what they hold, what is drawn and what is left."),
    ("quotas", "Show quotas by notice, holder or year, with the change on the year before."),
    ("policies", "Show the rules in force on a day."),
    ("support", "Show public support: one row a stage, in the currency stated."),
    ("forecast", "Add up what is stated to come: due dates and retirements, to a date."),
    ("check", "Check the record: what should not be, and what is worth a look, each with its events."),
    ("plot", "Draw figures as bars, on the terminal or as SVG and PNG (-o FILE)."),
    ("export", "Write the record, a view, or all of it as a data package, for others to use."),
    (
        "doctor",
        "Check this machine and this ledger: versions, permissions, durability, read model, room, clock, extras.",
    ),
    (
        "completion",
        "Print the script that completes commands, options, and the ids of the ledger in a shell.",
    ),
    ("help", "Explain a topic, a command or an error code. Without one, list the topics."),
    ("status", "Show the state of the ledger: events, head, read model."),
    ("verify", "Recompute the digest chain, and compare the read model with a rebuild."),
    ("rebuild", "Build the read model again from the events."),
    ("schema", "Show the views and their columns, or an event type as JSON Schema."),
):
    cli.add_command(LazyCommand(name, summary))


def main() -> None:
    """Run the command line and end the process with its exit code."""
    prepare()
    try:
        code = _run()
        sys.stdout.flush()
    except ReaderGone:  # the reader of our output went away, as `head` does; that is no error
        abandon_output()
        code = 0
    except OutputFailed as failed:
        abandon_output()
        click.echo(f"policytrack: error PT502: cannot write to standard output: {failed}", err=True)
        click.echo("hint: free disk space, or write to another place with -o FILE", err=True)
        code = StorageTrouble.exit_code
    except KeyboardInterrupt:
        code = _end_interrupted()
    sys.exit(code)


def _run() -> int:
    """Run the command and report its error. Returns the exit code; raises what standard output raises."""
    debug = "--debug" in sys.argv
    interrupts = _noticed_interrupts()
    try:
        # click hands over the code of an Exit that a command raised; commands return nothing else.
        code = int(cli.main(prog_name="policytrack", standalone_mode=False) or 0)
        # What an engine made of an interrupt may have become a warning of a command that had stored its events.
        return _end_interrupted() if interrupts else code
    except SystemExit as ended:  # of the completion of shells
        return ended.code if isinstance(ended.code, int) else 1
    except (ReaderGone, OutputFailed):
        if interrupts:
            return _end_interrupted()
        raise
    except PolicytrackError as error:
        if interrupts:
            return _end_interrupted()
        report(error)
        if debug:
            raise
        return error.exit_code
    except click.UsageError as error:
        _report_usage(error)
        return 2
    except click.ClickException as error:
        click.echo(f"policytrack: error PT100: {error.format_message()}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _end_interrupted()
    except OSError as trouble:
        if interrupts:
            return _end_interrupted()
        if debug:
            raise
        where = f" ({trouble.filename})" if trouble.filename is not None else ""
        click.echo(f"policytrack: error PT502: the system refused: {trouble.strerror or trouble}{where}", err=True)
        click.echo("hint: check the path, its permissions and the disk space", err=True)
        return StorageTrouble.exit_code
    except Exception as mistake:
        if interrupts:
            return _end_interrupted()
        # A mistake of ours: the user gets one line and a way to tell us, not a page of our insides.
        if debug:
            raise
        click.echo(f"policytrack: error PT999: a mistake in policytrack: {type(mistake).__name__}: {mistake}", err=True)
        click.echo("hint: please report it with what --debug prints; nothing is half-written", err=True)
        return 1


def _noticed_interrupts() -> list[int]:
    """A list that grows with each interrupt. Libraries make errors of their own of an interrupt that comes while they
    call us back: then it tells that it was one."""
    noticed: list[int] = []

    def notice(number: int, frame: FrameType | None) -> None:
        noticed.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where whoever started us has it ignored
        signal.signal(signal.SIGINT, notice)
        sys.unraisablehook = _deliver_again
    return noticed


def _deliver_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Deliver an interrupt again that came where Python raises nothing, as in a destructor: it would be lost, and its
    traceback printed."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        threading.Timer(0.01, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)


def _end_interrupted() -> int:
    click.echo(INTERRUPTED, err=True)
    return INTERRUPTED_CODE


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
