"""Completes words in a shell: ids, views and queries of the ledger, event types and topics.

Errors are suppressed here: a message would appear in the middle of the line that the user types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from policytrack.errors import PolicytrackError

if TYPE_CHECKING:
    from policytrack.ledger import Ledger

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]

EVERYTHING = ("event", "project", "firm", "facility", "swap", "lot", "rule", "quota")
"""Kinds of things that `show` prints."""


def ids(*kinds: str) -> Completer:
    """Return a completer of the ids of these kinds, each with its name as help."""

    def complete(run: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem[str]]:
        ledger = _ledger(run)
        if ledger is None or not ledger.trust.kind:  # a read model that came with the ledger may run any SQL
            return []
        from policytrack.questions.ask import question_sql
        from policytrack.readmodel.shell_completion import published_rows

        parameters = {"kinds": list(kinds), "typed": typed}
        rows = published_rows(ledger.root / "readmodel", question_sql("completion"), parameters)
        return [CompletionItem(name, help=" ".join(shown.split()) or None) for name, shown in rows]

    return complete


def names(*sources: Callable[[Path | None], Iterable[str]], or_folder: bool = False) -> Completer:
    """Return a completer of the names that `sources` list. Each is called with the ledger's folder, or None.

    With `or_folder`, a word that starts no name is completed by the shell as a folder.
    """

    def complete(run: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem[str]]:
        ledger = _ledger(run)
        root = None if ledger is None else ledger.root
        try:
            candidates = {name for source in sources for name in source(root)}
        except OSError:
            return []
        matches = [CompletionItem(name) for name in sorted(candidates) if name.startswith(typed)]
        return matches or ([CompletionItem(typed, type="dir")] if or_folder else [])

    return complete


def views(root: Path | None) -> Iterable[str]:
    """Return the names of the public views, with the user's own. Internal views begin with an underscore."""
    from policytrack import resources

    folders = [resources.PROJECTIONS, *([root / "projections"] if root else [])]
    stems = (path.stem for folder in folders for path in folder.glob("*.sql"))
    return (name for name in stems if not name.startswith("_") and name != "functions")


def event_types(_: Path | None) -> Iterable[str]:
    """Return the wire names of the event types. Listing schema files is faster than importing the classes."""
    from policytrack import resources

    return (path.name.split(".")[0] for path in (resources.EVENTS / "schema").glob("*.json"))


def queries(root: Path | None) -> Iterable[str]:
    """Return the named queries of the ledger."""
    return (path.stem for path in (root / "queries").glob("*.sql")) if root else ()


def exports(_: Path | None) -> Iterable[str]:
    """Return the words that `export` accepts besides views and folders."""
    return ("events", "views")


def _ledger(run: click.Context) -> Ledger | None:
    """Return the ledger, by -C on the command line so far or the current folder; None without one."""
    from policytrack.ledger import Ledger

    folder = run.find_root().params.get("folder")
    try:
        return Ledger.find(Path(folder or "."))
    except (PolicytrackError, OSError):
        return None
