"""The pages: every block of code is run, what is generated is fresh, and links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import generate  # in tools/docs
import pytest
import running

ROOT = Path(__file__).resolve().parent.parent.parent

NOT_RUN = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/decisions.md",
    "docs/compare.md",
    "docs/performance.md",
}
"""Pages that tell nobody to type anything."""
QUICK = {"docs/report.md"}
"""The page that the tests run. `make check` runs all of them, by `make docs-check`, and so does the soak."""
PAGES = {path.relative_to(ROOT).as_posix(): path for path in generate.run_pages()}


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in PAGES]
)
def test_a_page_shows_what_its_commands_and_queries_answer(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    assert running.run_page(text).text == text, "run `make docs` and read the difference"


@pytest.mark.soak
@pytest.mark.parametrize("name", generate.WHOLLY)
def test_a_generated_page_is_fresh(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert generate.WHOLLY[name]() == text, "run `make docs` and read the difference"


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_what_is_not_installed_is_skipped_for_all_to_see(name: str) -> None:
    assert name in running.imported(PAGES["docs/cookbook.md"].read_text(encoding="utf-8"))
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: its block in docs/cookbook.md is not run")


def test_no_page_is_forgotten() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))}
    assert found == NOT_RUN | set(PAGES) | {f"docs/{name}" for name in generate.WHOLLY}


@pytest.mark.parametrize("name", sorted([*PAGES, *(f"docs/{name}" for name in generate.WHOLLY)]))
def test_links_lead_somewhere(name: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            page = (ROOT / name).parent / path if path else ROOT / name
            assert page.exists(), target
            headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_a_block_of_code_that_is_not_run_says_why() -> None:
    with pytest.raises(ValueError, match="neither run nor marked"):
        running.run_page("```sh\nrm -rf /\n```\n")
    marked = "<!-- not run: it is a joke -->\n```sh\nrm -rf /\n```\n"
    assert running.run_page(marked).text == marked


def test_a_command_ends_as_the_page_says() -> None:
    with pytest.raises(ValueError, match="it ended with 4"):
        running.run_page("```console\n$ policytrack status\n```\n")
    with pytest.raises(ValueError, match="it ended with 0"):
        running.run_page("```console\n$ policytrack help time  # exit 3\n```\n")
    page = running.run_page("```console\n$ policytrack status  # exit 4\n```\n")
    assert "no ledger" not in page.text.splitlines()[1]
    assert "PT401" in page.text


def test_files_are_written_and_answers_are_put_under_their_question() -> None:
    page = running.run_page(
        "```csv a/b.csv\n1\n```\n".replace("a/b.csv", "b.csv")
        + "```console\n$ cat b.csv && policytrack -q init x && policytrack -C x capacity >a\n```\n"
        + "```python\nprint(open('b.csv').read() * 2)\n```\n\n```text\nstale\n```\n"
        + "```sql\nSELECT count(*) AS firms FROM firm\n```\n```text\n```\n```text\na drawing\n```\n"
    )
    assert "policytrack -C x capacity >a\n1\n" in page.text
    assert "```text\n1\n1\n\n```" in page.text
    assert "```text\nfirms\n    0\n```\n```text\na drawing\n```" in page.text
    assert "stale" not in page.text
    assert running.run_page("```python\nimport not_there_at_all\n```\n").skipped


def test_the_examples_of_the_topics_and_of_the_help_are_commands() -> None:
    """Each is read as far as its options; what it would do is tested elsewhere."""
    import shlex

    import click

    from policytrack.cli.commands import help
    from policytrack.cli.lazy_command import LazyCommand
    from policytrack.cli.main import cli

    texts = [help.topic_text(name) for name in help.topic_names()]
    texts += [command.load().help or "" for command in cli.commands.values() if isinstance(command, LazyCommand)]
    lines = [line.strip() for text in texts for line in text.splitlines() if re.match(r"\s+policytrack ", line)]
    lines += re.findall(r"`(policytrack [a-z][^`]*)`", " ".join("\n".join(texts).split()))
    assert len(lines) > 60
    for line in lines:
        words = [word for word in shlex.split(re.split(r" \| |    | > ", line)[0])[1:] if word != "…"]
        if words[:2] == ["record", "--from"]:  # the type is that of the event
            words.insert(1, "project-approved")
        group, run = cli, click.Context(cli, info_name="policytrack", help_option_names=["-h", "--help"])
        try:
            _, words, _ = group.make_parser(run).parse_args(args=words)  # options before the command
            _, named, rest = group.resolve_command(run, words)
            command = named.load() if isinstance(named, LazyCommand) else named
            while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
                _, command, rest = command.resolve_command(run, rest)
            assert command is not None, line
            command.make_parser(run).parse_args(args=list(rest))
        except (click.UsageError, ValueError) as wrong:
            raise AssertionError(f"{line}: {wrong}") from wrong
