"""`mcp`: serves the ledger to assistants that call tools, by the Model Context Protocol."""

from __future__ import annotations

import importlib.util

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.errors import MissingExtra


@click.command()
@click.option("--write", "writes", is_flag=True, help="Let assistants write drafts of events into the folder drafts/.")
@pass_context
def mcp(context: Context, writes: bool) -> None:
    """Serve the ledger to assistants that call tools (Model Context Protocol), on stdin and stdout.

    The tools ask, explain, compare, search, describe the views, and run SQL in the sandbox. Every answer has its dates,
    head, digest and sources. No tool records an event: with --write, an assistant drafts events, and a person imports
    them. Needs the extra: pip install 'policytrack[mcp]'. An assistant starts the command itself.

    Examples:

        policytrack -C demo mcp

        policytrack -C demo mcp --write

    Next: policytrack import drafts/FILE --dry-run.
    """
    if importlib.util.find_spec("mcp") is None:
        raise MissingExtra("the package mcp is not installed", hint="pip install 'policytrack[mcp]'")
    from policytrack.api.ledger import OpenLedger
    from policytrack.assistants.server import server

    with OpenLedger(context.ledger()) as ledger:
        ledger.sql("SELECT 1")  # errors of the ledger end the command here, and not the first call
        server(ledger, writes=writes).run("stdio")
