"""`serve`: serves the pages and the JSON API of a ledger on this computer."""

from __future__ import annotations

import importlib.util
import webbrowser
from typing import Final

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.unseen import echo
from policytrack.errors import MissingExtra

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
@pass_context
def serve(context: Context, port: int, is_opened: bool) -> None:
    """Serve the ledger as pages with two date sliders, and as a JSON API, on this computer only. Read-only.

    Each address holds its dates, so a link shows the same figures again. Other programs may record meanwhile: the pages
    say so. Needs the extra: pip install 'policytrack[serve]'. Ctrl-C ends it.

    Examples:

        policytrack serve --open

        policytrack -C demo serve --port 0

    Next: policytrack help serve, policytrack report.
    """
    refuse_without(_NEEDED)
    from policytrack.api.reading import Reader
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.serve.server import listening, run

    reader = Reader(context.ledger(), today, context.note)
    listener = listening(port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with listener:
        # Built now, and not while the first page waits: errors of the ledger end the command here.
        reader.locate(Coordinates(as_of=today(), known_at=today()))

        def started() -> None:
            echo(f"{context.ledger().root.name} is served at {address} (Ctrl-C ends it)", err=True)
            if is_opened:
                webbrowser.open(address)

        run(reader, listener, started)
    context.say("stopped")


def refuse_without(needed: tuple[str, ...]) -> None:
    """Raise `MissingExtra` if one of these packages is not installed."""
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        raise MissingExtra(
            f"`serve` needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint="run: pip install 'policytrack[serve]'",
        )
