"""`serve`: serves the pages and the JSON API of a ledger on this computer."""

from __future__ import annotations

import importlib.util
import webbrowser
from typing import TYPE_CHECKING, Final

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.unseen import echo
from policytrack.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from policytrack.api.reading import Reader
    from policytrack.serve.writing import Writing

_NEEDED: Final = ("jinja2", "starlette", "uvicorn")


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    metavar="N",
    help="Port on this computer; 0 chooses a free one.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the start page in the browser.")
@click.option("--write", "is_writable", is_flag=True, help="Also serve forms that record, correct and retract events.")
@click.option("--user", metavar="NAME", help="Name stored as recorded_by in each event of the forms. Needs --write.")
@pass_context
def serve(context: Context, port: int, is_opened: bool, is_writable: bool, user: str | None) -> None:
    """Serve the ledger as pages with two date sliders, and as a JSON API, on this computer only.

    Read-only without --write. With it, the start link that is printed opens the forms; other users of this computer do
    not have it.

    Each address holds its dates, so a link shows the same figures again. Other programs may record meanwhile: the pages
    say so. Needs the extra: pip install 'policytrack[serve]'. Ctrl-C ends it.

    Examples:

        policytrack serve --open

        policytrack -C demo serve --port 0

        policytrack serve --write --user "A. Analyst" --open

    Next: policytrack help serve, policytrack report.
    """
    if user is not None and not is_writable:
        raise UsageError("--user needs --write", hint="add --write, or leave --user out")
    refuse_without(_NEEDED)
    from policytrack.api.reading import Reader
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.serve.server import listening, run

    reader = Reader(context.ledger(), today, context.note)
    writing = _writing(context, reader, (user or "").strip()) if is_writable else None
    listener = listening(port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with listener:
        # Built now, and not while the first page waits: errors of the ledger end the command here.
        reader.locate(Coordinates(as_of=today(), known_at=today()))

        def started() -> None:
            echo(f"{context.ledger().root.name} is served at {address} (Ctrl-C ends it)", err=True)
            start = address
            if writing is not None:
                start = f"{address}enter?token={writing.sessions.token}"
                echo(f"To record events, open {start} (do not share this link)", err=True)
            if is_opened:
                webbrowser.open(start)

        run(reader, listener, started, writing)
    context.say("stopped")


def _writing(context: Context, reader: Reader, user: str) -> Writing:
    """Return the forms, with a ledger of their own: pages and forms use their connections from different threads."""
    from policytrack.api.entry import Entry
    from policytrack.ledger import Ledger
    from policytrack.serve.sessions import Sessions
    from policytrack.serve.writing import Writing

    own = Ledger.find(context.ledger().root)
    return Writing(reader, Entry(own, today, context.note, user), Sessions())


def refuse_without(needed: tuple[str, ...]) -> None:
    """Raise `MissingExtra` if one of these packages is not installed."""
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        raise MissingExtra(
            f"`serve` needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint="run: pip install 'policytrack[serve]'",
        )
