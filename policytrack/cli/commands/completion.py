"""`completion`: prints the script with which a shell completes commands, options and ids."""

from __future__ import annotations

import rich_click as click
from click.shell_completion import get_completion_class

from policytrack.cli.context import Context, pass_context
from policytrack.errors import UsageError

SHELLS = ("bash", "zsh", "fish", "powershell")
VARIABLE = "_POLICYTRACK_COMPLETE"
"""Environment variable by which the script asks the command for completions. click derives its name."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@pass_context
def completion(context: Context, shell: str) -> None:
    """Print a shell script that completes commands, options and ids of the ledger.

    Ids come from the read model as last published. Completion never rebuilds it; without a read model it offers no ids.

    Examples:

        eval "$(policytrack completion bash)"    in ~/.bashrc

        eval "$(policytrack completion zsh)"     in ~/.zshrc

        policytrack completion fish > ~/.config/fish/completions/policytrack.fish

        policytrack completion powershell | Out-String | Invoke-Expression    in $PROFILE
    """
    from policytrack.cli.main import cli

    complete = get_completion_class(shell)  # click registers `powershell` only in newer versions
    if complete is None:
        raise UsageError(
            f"the installed version of click has no completion for {shell}", hint="pip install --upgrade click"
        )
    script = complete(cli, {}, "policytrack", VARIABLE).source()
    context.done = {"shell": shell, "script": script}
    if context.output is None:
        click.echo(script)
