"""Prints an explanation: as a tree, as one JSON object, or as rows of another format."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.citing import coordinates_of_answer
from policytrack.cli.output.write import write, write_parts
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.cli.unseen import visible
from policytrack.output.answer import Answer
from policytrack.output.values import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.tree import Tree

    from policytrack.cli.context import Context
    from policytrack.questions.explanation import Explanation, Part
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


all_option = click.option("--all", "all_", is_flag=True, help="Show all of it on a terminal too.")


def is_tree(context: Context, output: Output) -> bool:
    """Return whether an explanation is printed as a tree, for people."""
    if context.envelope:
        return False
    return output == ("table", None) or (output == (None, None) and sys.stdout.isatty())


def show_explanation(
    context: Context, coordinates: Coordinates, output: Output, question: Callable[[Session], Explanation]
) -> None:
    """Run `question`, and print its explanation.

    A terminal shows the tree, as `--format table` does. A pipe gets its lines as TSV, with depth and path. JSON has the
    whole explanation; the other formats have the leaves as rows.
    """
    explanation = run_query(context, coordinates, question)
    line = footer(context, coordinates)
    if output == ("json", None) or context.envelope:
        head = coordinates_of_answer(context) if context.envelope else {}
        write_parts([to_json({**head, **explanation.as_dict()}).encode() + b"\n"], output[1])
    elif is_tree(context, output):
        _print_tree(context, explanation, line)
    elif output == (None, None):
        from policytrack.questions.explanation_rows import flattened

        write(Answer(flattened(explanation), explanation.figure, line), context, *output)
    else:
        write(Answer(explanation.table(), explanation.figure, line), context, *output)


def _print_tree(context: Context, explanation: Explanation, footer_line: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    from policytrack.cli.output.table import console_of
    from policytrack.questions.explanation_text import heading, last_line, rest_line

    root = Tree(Text(visible(heading(explanation)), "bold"))
    _add(root, explanation.tree())
    if (rest := rest_line(explanation)) is not None:
        root.add(Text(f"{rest} (--all shows them)"))
    console = console_of(context)
    console.print(root)
    console.print(Text(visible(last_line(explanation))))
    console.print(Text(footer_line, "dim"))


def _add(tree: Tree, parts: Iterable[Part]) -> None:
    from rich.text import Text

    from policytrack.questions.explanation_text import line

    for part in parts:
        _add(tree.add(Text(visible(line(part)), "" if part.counts else "dim")), part.parts)
