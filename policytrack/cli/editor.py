"""Records one event that a person writes as YAML in an editor (`record --edit`)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.api.written import as_text
from policytrack.cli.context import Context, today
from policytrack.cli.import_events import read
from policytrack.cli.recording import write_event
from policytrack.cli.template_yaml import yaml_text
from policytrack.errors import MalformedInput, Place, RejectedImport
from policytrack.events.fields import WRITTEN, fields_of

if TYPE_CHECKING:
    from policytrack.events import Event
    from policytrack.ledger import Ledger


def edit_event(
    context: Context, ledger: Ledger, event_type: type[Event], given: dict[str, Any], *, dry_run: bool, yes: bool
) -> None:
    """Open an editor with the fields in `given` filled in, and record the event.

    If the event is invalid, prompt to edit again. Without a terminal, or if the user declines, keep the file, print its
    path, and raise `RejectedImport`.
    """
    kinds = fields_of(event_type)
    # Dates and quantities as their source wrote them, not field by field.
    shown = {
        name: as_text(value) if name in kinds and kinds[name].kind in WRITTEN else value
        for name, value in given.items()
    }
    folder = Path(tempfile.mkdtemp(prefix="policytrack-"))  # not TemporaryDirectory: it must survive an error
    file = folder / f"{event_type.TOPIC}.yaml"
    before = yaml_text([event_type], today(), shown)
    file.write_text(before, encoding="utf-8")
    while True:
        click.edit(filename=str(file))
        # A file that is closed unchanged means cancel, unless flags had already filled in the event.
        if file.read_text(encoding="utf-8", errors="replace") == before and not given:
            context.say("the file was not changed; nothing was written")
            break
        try:
            event = _read(context, ledger, file)
        except RejectedImport as rejected:
            if context.interactive:
                from policytrack.cli.main import report

                report(rejected)
                if click.confirm("Edit again?", default=True, err=True):
                    continue
            context.say(f"your text is kept in {file}")
            raise
        write_event(context, ledger, event, dry_run=dry_run, yes=yes)
        break
    shutil.rmtree(folder)


def _read(context: Context, ledger: Ledger, file: Path) -> Event:
    """Return the event of a file. Raises `RejectedImport` when it is invalid or there is not exactly one."""
    events, _ = read(context, ledger, (str(file),), "yaml", today(), 50, None, None)
    if len(events) != 1:
        what = f"{len(events)} events instead of one"
        hint = "write one event; to record several, use policytrack import FILE"
        raise RejectedImport([MalformedInput(what, hint=hint, place=Place(str(file)))], len(events))
    return events[0]
