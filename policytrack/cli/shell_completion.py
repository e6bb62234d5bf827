"""What a shell may complete a word to: ids of the ledger, its views and queries, event types, topics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from policytrack.errors import PolicytrackError

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]

EVERYTHING = ("event", "project", "firm", "facility", "swap", "lot", "rule", "quota")
"""Kinds of what `show` shows."""


def ids(*kinds: str) -> Completer:
    """Completes the ids of these kinds of thing, each with its name."""

    def complete(run: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem[str]]:
        root = _ledger(run)
        if root is None:
            return []
        from policytrack.questions.ask import question_sql
        from policytrack.readmodel.shell_completion import published_rows

        asked = {"kinds": list(kinds), "typed": typed}
        rows = published_rows(root / "readmodel", question_sql("completion"), asked)
        return [CompletionItem(name, help=" ".join(shown.split()) or None) for name, shown in rows]

    return complete


def names(*sources: Callable[[Path | None], Iterable[str]], or_folder: bool = False) -> Completer:
    """Completes names that stand in files: each source gives some, from the folder of the ledger if there is one.

    With `or_folder`, what starts no name is left to the shell as a folder.
    """

    def complete(run: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem[str]]:
        root = _ledger(run)
        try:
            found = {name for source in sources for name in source(root)}
        except OSError:
            return []
        fitting = [CompletionItem(name) for name in sorted(found) if name.startswith(typed)]
        return fitting or ([CompletionItem(typed, type="dir")] if or_folder else [])

    return complete


def views(root: Path | None) -> Iterable[str]:
    """The public views, the user's own among them."""
    from policytrack import resources

    folders = [resources.PROJECTIONS, *([root / "projections"] if root else [])]
    stems = (path.stem for folder in folders for path in folder.glob("*.sql"))
    return (name for name in stems if not name.startswith("_") and name != "functions")


def event_types(_: Path | None) -> Iterable[str]:
    """The wire names of the event types, from the files of their schemas, which are quicker to list than to import."""
    from policytrack import resources

    return (path.name.split(".")[0] for path in (resources.EVENTS / "schema").glob("*.json"))


def queries(root: Path | None) -> Iterable[str]:
    """The named queries of the ledger."""
    return (path.stem for path in (root / "queries").glob("*.sql")) if root else ()


def exports(_: Path | None) -> Iterable[str]:
    """What `export` takes beside views and folders."""
    return ("events", "views")


def _ledger(run: click.Context) -> Path | None:
    """The folder of the ledger that the words so far mean; None when there is none."""
    from policytrack.ledger import Ledger

    folder = run.find_root().params.get("folder")
    try:
        return Ledger.find(Path(folder or ".")).root
    except (PolicytrackError, OSError):
        return None
