"""Recording one event from YAML that a person writes in an editor."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, today
from policytrack.cli.event_options import as_text
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
    """Let a person write an event, again until it can be read or they give up, and record it.

    What was written is kept when it cannot be read. Raises `RejectedImport` where nobody can be asked.
    """
    kinds = fields_of(event_type)
    shown = {
        name: as_text(value) if name in kinds and kinds[name].kind in WRITTEN else value
        for name, value in given.items()
    }
    folder = Path(tempfile.mkdtemp(prefix="policytrack-"))
    file = folder / f"{event_type.TOPIC}.yaml"
    before = yaml_text([event_type], today(), shown)
    file.write_text(before, encoding="utf-8")
    while True:
        click.edit(filename=str(file))
        if file.read_text(encoding="utf-8", errors="replace") == before and not given:
            context.say("nothing was changed and nothing written")
            break
        try:
            event = _read(context, ledger, file)
        except RejectedImport as rejected:
            if context.interactive:
                from policytrack.cli.main import report

                report(rejected)
                if click.confirm("Edit again?", default=True, err=True):
                    continue
            context.say(f"what was written is kept in {file}")
            raise
        write_event(context, ledger, event, dry_run=dry_run, yes=yes)
        break
    shutil.rmtree(folder)


def _read(context: Context, ledger: Ledger, file: Path) -> Event:
    """The one event of a file. Raises `RejectedImport` when there is another number."""
    events, _ = read(context, ledger, (str(file),), "yaml", today(), 50, None, None)
    if len(events) != 1:
        what = f"there are {len(events)} events, and one is recorded at a time"
        hint = "several are imported: policytrack import FILE"
        raise RejectedImport([MalformedInput(what, hint=hint, place=Place(str(file)))], len(events))
    return events[0]
