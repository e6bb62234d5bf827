"""Defines the `policytrack` command and its global options, and turns errors into one line and an exit code."""

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
from policytrack.cli.json_errors import print_json_error, wants_json
from policytrack.cli.json_result import print_done
from policytrack.cli.lazy_command import LazyCommand
from policytrack.cli.output.streams import OutputFailed, ReaderGone, abandon_output, prepare
from policytrack.cli.paths import FolderPath
from policytrack.cli.unseen import echo
from policytrack.errors import INTERRUPTED, INTERRUPTED_CODE, PolicytrackError, RejectedImport, StorageTrouble


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "POLICYTRACK"})
@click.rich_config({"theme": "default-slim"})
@click.command_panel(
    "Record", commands=["init", "record", "import", "map", "template", "correct", "retract", "undo", "claim"]
)
@click.command_panel(
    "Query",
    commands=[
        "asof",
        "capacity",
        "holdings",
        "pending",
        "series",
        "why",
        "diff",
        "news",
        "watch",
        "log",
        "show",
        "firm",
        "sql",
    ],
)
@click.command_panel("Policy", commands=["swaps", "lots", "quotas", "policies", "support", "forecast"])
@click.command_panel(
    "Share", commands=["plot", "report", "serve", "mcp", "export", "pull", "seal", "prove", "verify-proof"]
)
@click.command_panel(
    "Maintain",
    commands=[
        "status",
        "config",
        "plugins",
        "check",
        "verify",
        "backup",
        "restore",
        "copy-store",
        "rebuild",
        "doctor",
        "schema",
        "completion",
        "help",
    ],
)
@click.option(
    "-C",
    "--ledger",
    "folder",
    type=FolderPath(),
    default=Path(),
    metavar="DIR",
    help="Folder of the ledger. [default: this folder or the nearest above]",
)
@click.option("--no-input", is_flag=True, help="Never prompt; a missing value is an error.")
@click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True, help="Colour the output.")
@click.option(
    "--trust",
    is_flag=True,
    help="Trust the ledger's own SQL files, and the server of its events, as they are now; remembered.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only errors to stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Print notes to stderr, also without a terminal.")
@click.option("--debug", is_flag=True, help="Print the Python traceback of an error.")
@click.version_option(policytrack.__version__, prog_name="policytrack")
@click.pass_context
def cli(
    ctx: click.Context, folder: Path, no_input: bool, color: str, trust: bool, quiet: bool, verbose: bool, debug: bool
) -> None:
    """Record industrial policy and capacity as events, and compute figures from them as of any date.

    Start with: policytrack init demo --demo, then policytrack -C demo capacity. The options below may also follow a
    command.
    """
    ctx.obj = Context(folder, no_input, color, -1 if quiet else int(verbose), debug, trust)
    ctx.meta["policytrack.debug"] = debug
    ctx.color = color_of(color)


for name, summary in (
    ("init", "Create a ledger in a folder."),
    ("record", "Record one event. Without TYPE, prompt for the type on a terminal."),
    ("import", "Import events from YAML, JSON Lines, CSV or XLSX files in one transaction. `-` reads stdin."),
    ("map", "Write a first map of a CSV or XLSX table, to finish and use with `import --map`."),
    ("template", "Write a file to fill in and import: YAML with comments, CSV, or XLSX with drop-down lists."),
    ("correct", "Correct an event: record an event of the same type that supersedes it."),
    ("retract", "Retract an event: withdraw it without a replacement."),
    ("undo", "Undo an import: retract all its events in one transaction."),
    ("claim", "Record that another source corroborates, verifies or contradicts an event. No figure changes."),
    ("capacity", "Show national capacity: operating, owed to swaps, net and pending."),
    ("holdings", "Show the capacity of firms on three bases: operated, controlled, attributable."),
    ("pending", "Show projects that are not completed: gross, retiring and net capacity, and due date."),
    ("asof", "Show one page about a date: capacity, pending projects, latest events, errors and warnings."),
    ("news", "List what became known since a day: projects, approvals, delays, completions, owners, support, rules."),
    ("watch", "Report what is new since the last time, by the filters that are saved in the settings of the ledger."),
    ("log", "List the events in the order in which they were recorded."),
    (
        "show",
        "Show an event (e14), or a firm, facility, project, swap, lot, rule or quota, with sources and events.",
    ),
    ("firm", "Find firms by any of their names, show a firm, or add a name to one."),
    ("sql", "Run an SQL query on the views, read-only. `-` reads the query from stdin."),
    ("why", "Explain a figure by the events and sources behind it. Their amounts add up to it exactly."),
    ("diff", "Split the change of national figures between two dates into what happened and what was learned."),
    ("series", "Show national figures over time, at the end of each month, quarter or year."),
    ("swaps", "Show capacity swaps: capacity to retire, capacity retired, and the verdict with its reasons."),
    ("lots", "Show credit lots: capacity recognised, drawn, returned and remaining."),
    ("quotas", "Show quotas by notice, holder or year, with the change from the year before."),
    ("policies", "Show the rules in force on a day."),
    ("support", "Show public support by stage, or what is awarded, disbursed and outstanding."),
    ("forecast", "Forecast national capacity up to a date, from stated due dates and retirements."),
    ("check", "Check the ledger for errors and warnings. Each finding names its events."),
    ("plot", "Draw bar charts of figures: on the terminal, or as SVG or PNG with -o FILE."),
    ("report", "Write a report: one HTML file that works offline, with a slider for each of the two dates."),
    ("serve", "Serve the ledger as pages with two date sliders, and as a JSON API, on this computer only."),
    ("mcp", "Serve the ledger to assistants that call tools (Model Context Protocol), on stdin and stdout."),
    ("export", "Export the events, the views, or a complete data package."),
    (
        "doctor",
        "Check the installation and the ledger: versions, permissions, event store, read model, disk space, clock.",
    ),
    ("completion", "Print a shell script that completes commands, options and ids of the ledger."),
    ("help", "Explain a topic, a command or an error code. Without an argument, list the topics."),
    ("status", "Show the state of the ledger: events, head, read model."),
    ("config", "List the settings and where each comes from. With COMMAND, list the values of its options."),
    ("plugins", "List the installed plugins: what each adds, and why a part of it cannot be used."),
    ("verify", "Verify the digest chain of the events, and compare the read model with a rebuild."),
    ("backup", "Back up the ledger to a folder: events, settings, own SQL and seals."),
    ("restore", "Restore a ledger from a backup into a folder that does not exist or is empty."),
    ("copy-store", "Copy the events of the ledger FROM to the ledger TO, with the same positions, times and digests."),
    ("pull", "Append the new events of a backup, or of a file written by `export events --verbatim`."),
    ("seal", "Sign the head of the ledger, so that its events can be proved to others."),
    ("prove", "Prove that an event is in a sealed head, without giving away the other events."),
    (
        "verify-proof",
        "Check the proof of an event with the public key of the person who sealed the ledger. No ledger is needed.",
    ),
    ("rebuild", "Rebuild the read model from the events."),
    ("schema", "Show the views and their columns, or an event type as JSON Schema."),
):
    cli.add_command(LazyCommand(name, summary))


@cli.result_callback()
@click.pass_context
def _after(ctx: click.RichContext, /, result: object, **given: object) -> None:
    """Print what the command did, if --json of a command that writes was given."""
    del result, given
    print_done(ctx.ensure_object(Context))


def main() -> None:
    """Run the command line and end the process with its exit code."""
    prepare()
    try:
        code = _run()
        sys.stdout.flush()
    except ReaderGone:  # the program that read the output has ended, as `head` does: not an error
        abandon_output()
        code = 0
    except OutputFailed as failed:
        abandon_output()
        what = f"cannot write to standard output: {failed}"
        _print_error("PT502", what, "free disk space, or write to another disk with -o FILE")
        code = StorageTrouble.exit_code
    except KeyboardInterrupt:
        code = _end_interrupted()
    sys.exit(code)


def _run() -> int:
    """Run the command, report its error, and return the exit code. Raises `ReaderGone` and `OutputFailed`."""
    debug = "--debug" in sys.argv
    interrupts = _noticed_interrupts()
    try:
        # With standalone_mode=False click returns the code of an `Exit`. Commands themselves return None.
        code = int(cli.main(prog_name="policytrack", standalone_mode=False) or 0)
        # After events are stored, errors become warnings: also the error that DuckDB raises for an interrupt.
        return _end_interrupted() if interrupts else code
    except SystemExit as ended:  # raised by click's shell completion
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
        _print_error("PT100", error.format_message())
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _end_interrupted()
    except OSError as trouble:
        if interrupts:
            return _end_interrupted()
        if debug:
            raise
        where = f" ({trouble.filename})" if trouble.filename is not None else ""
        what = f"operating system error: {trouble.strerror or trouble}{where}"
        _print_error("PT502", what, "check the path, its permissions and the disk space")
        return StorageTrouble.exit_code
    except Exception as defect:
        if interrupts:
            return _end_interrupted()
        # A defect of policytrack: print one line and how to report it. The traceback is printed only with --debug.
        if debug:
            raise
        what = f"internal error: {type(defect).__name__}: {defect}"
        _print_error("PT999", what, "report it with the output of --debug; no partial data was written")
        return 1


def _noticed_interrupts() -> list[int]:
    """Return a list to which each SIGINT adds an entry.

    A library that is interrupted during a callback may raise its own error instead of `KeyboardInterrupt`. A list that
    is not empty shows that an interrupt was the cause.
    """
    noticed: list[int] = []

    def notice(number: int, frame: FrameType | None) -> None:
        noticed.append(number)
        signal.default_int_handler(number, frame)

    # The parent process may have set SIGINT to be ignored, as `nohup` and `&` in a script do: then leave it so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, notice)
        sys.unraisablehook = _deliver_again
    return noticed


def _deliver_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Raise an interrupt again that Python could not raise, as in a destructor. It would be lost otherwise."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        threading.Timer(0.01, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)


def _end_interrupted() -> int:
    click.echo(INTERRUPTED, err=True)
    return INTERRUPTED_CODE


def report(error: PolicytrackError) -> None:
    """Print an error in one line, then its hint. The findings of an import come first, one per line.

    With --json, print one JSON object instead.
    """
    if wants_json():
        print_json_error(error)
        return
    if isinstance(error, RejectedImport):
        for finding in error.findings:
            where = f"{finding.place}: " if finding.place else ""
            hint = f" ({finding.hint})" if finding.hint else ""
            echo(f"{where}error {finding.code}: {finding.what}{hint}", err=True)
    echo(f"policytrack: error {error.code}: {error}", err=True)
    if error.hint:
        echo(f"hint: {error.hint}", err=True)


def _report_usage(error: click.UsageError) -> None:
    command = error.ctx.command_path if error.ctx else "policytrack"
    _print_error("PT100", error.format_message(), f"{command} --help")


def _print_error(code: str, what: str, hint: str = "") -> None:
    """Print an error that is not a `PolicytrackError` in one line, then its hint; with --json, as one JSON object."""
    if wants_json():
        print_json_error(PolicytrackError(what, hint=hint), code)
        return
    echo(f"policytrack: error {code}: {what}", err=True)
    if hint:
        echo(f"hint: {hint}", err=True)
