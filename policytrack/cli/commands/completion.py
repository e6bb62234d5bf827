"""`completion`: the script that lets a shell complete commands, options and the ids of the ledger."""

from __future__ import annotations

import rich_click as click
from click.shell_completion import get_completion_class

from policytrack.errors import UsageError

SHELLS = ("bash", "zsh", "fish", "powershell")
VARIABLE = "_POLICYTRACK_COMPLETE"
"""What tells the command that a shell asks. click derives it from the command's name."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, and the ids of the ledger in a shell.

    Ids come from the read model as it was last published; nothing is built, and nothing is said when there is none.

    Examples:

        eval "$(policytrack completion bash)"    in ~/.bashrc

        eval "$(policytrack completion zsh)"     in ~/.zshrc

        policytrack completion fish > ~/.config/fish/completions/policytrack.fish

        policytrack completion powershell | Out-String | Invoke-Expression    in $PROFILE
    """
    from policytrack.cli.main import cli

    complete = get_completion_class(shell)
    if complete is None:
        raise UsageError(f"this version of click completes nothing for {shell}", hint="pip install --upgrade click")
    click.echo(complete(cli, {}, "policytrack", VARIABLE).source())
