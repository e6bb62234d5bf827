"""The words of pages, help and messages: phrases that a reader has to puzzle out are kept out.

To cover more, add to `COVERED` (strict), or lower a number of `RATCHET`, which counts the phrases that are left.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent.parent

PHRASES: Final = {
    r"stands|stood|no longer stand": "is current, is in force, is superseded",
    r"nobody|somebody|anybody|everybody|whoever|whither": "the actor: user, process, source, writer",
    r"so much of|of ours": "a plain noun phrase",
    r"(?<!there )(?:is|are) no(?= (?!longer\b|more\b|other\b))": "is not a; has no",
    r"weigh(?:s|ed|ing)?|held against": "check, checked",
    r"(?:is|are|was|were|be|been) taken(?! from\b)": "is loaded, is applied, is read",
    r"(?:bring|brings|bringing|brought) in": "import",
    r"kept (?:in|below) (?:a|the|its) (?:user's )?cache": "cached",
    r"(?:is|are|was|were) not there": "is missing, does not exist",
    r"anew": "again; rebuilt, regenerated",
    r"told (?:apart|of)": "distinguished, reported",
    r"(?:is|are|was|were|be) said": "is reported, is printed",
    r"rooms?": "disk space; package",
    r"words (?:go |are )?(?:on|to) (?:stderr|standard error)": "messages on stderr",
    r"the (?:record|journal|chronicle)": "the ledger, the events",
    r"(?<!event )the store": "the event store",
    r"in silence|without a word": "silently, without a warning",
    r"dearer": "costs more",
    r"the command's words": "the command line",
}
"""Regular expressions between word boundaries, and what to write instead."""

COVERED: Final = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/commands.md",
    "docs/tutorial.md",
    "docs/time.md",
    "docs/holdings.md",
    "docs/swaps-and-rules.md",
    "docs/import.md",
    "docs/cookbook.md",
    "docs/report.md",
    "docs/serve.md",
    "docs/python.md",
    "docs/worked-examples.md",
    "docs/performance.md",
    "docs/events.md",
    "docs/views.md",
    "docs/checks.md",
    "docs/how-to/*.md",
    "docs/cases/*.md",
    "events/README.md",
    "events/log/README.md",
    "projections/README.md",
    "policytrack/topics/*.md",
)
"""Files without any of the phrases. Blocks of code in them are not read: the program prints these."""

COVERED_CODE: Final = (
    "policytrack/application.py",
    "policytrack/cache_folders.py",
    "policytrack/errors.py",
    "policytrack/exporting.py",
    "policytrack/ledger.py",
    "policytrack/resources.py",
    "policytrack/cli/*.py",
    "policytrack/cli/output/*.py",
    "policytrack/output/*.py",
    "policytrack/serve/*.py",
    "policytrack/api/*.py",
    "policytrack/cli/commands/**/*.py",
    "policytrack/decide/*.py",
    "policytrack/events/*.py",
    "policytrack/importing/**/*.py",
    "policytrack/questions/*.py",
    "policytrack/store/**/*.py",
    "policytrack/values/*.py",
)
"""Python files without any of the phrases in messages, help, docstrings and comments."""

RATCHET: Final = {
    "docs/decisions.md": 3,
    "CHANGELOG.md": 2,
    "policytrack": 4,
}
"""How many of the phrases are left; a number may only fall. A folder of Python counts the texts in its code (docstrings
are not read)."""

_PHRASE: Final = re.compile(rf"(?<![\w`-])(?:{'|'.join(PHRASES)})(?![\w`-])", re.IGNORECASE)
_BLOCK: Final = re.compile(r"^```.*?^```|^    .*?$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def found_in(text: str) -> list[str]:
    """The phrases in a text, each with its surroundings and what to write instead."""
    joined = " ".join(text.split())
    return [
        f"…{joined[max(0, found.start() - 30) : found.end() + 30]}… write: {_instead(found)}"
        for found in _PHRASE.finditer(joined)
    ]


def _instead(found: re.Match[str]) -> str:
    patterns = ((re.compile(pattern, re.IGNORECASE), better) for pattern, better in PHRASES.items())
    return next(better for pattern, better in patterns if pattern.match(found.string, found.start()))


def prose(path: Path) -> str:
    """A page without its blocks of code; the page of commands as a whole, since its blocks are the help pages."""
    text = path.read_text(encoding="utf-8")
    return text if path.name == "commands.md" else _BLOCK.sub(" … ", text)


def texts_of_code(folder: Path) -> Iterator[str]:
    """The string literals below a folder that are not docstrings: messages, hints and help of options."""
    for path in sorted(folder.rglob("*.py")):
        yield from _literals(path)


@cache
def _literals(path: Path) -> tuple[str, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return tuple(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    )


def texts_and_comments(path: Path) -> Iterator[str]:
    """Every string literal, docstring and comment of a Python file."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_covered_code_is_in_plain_words() -> None:
    paths = sorted(path for one in COVERED_CODE for path in ROOT.glob(one))
    found = [(path.name, one) for path in paths for text in texts_and_comments(path) for one in found_in(text)]
    assert len(paths) > len(COVERED_CODE) and found == []


def test_comments_and_docstrings_are_read(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text('"""It stands."""\nx = f"{1} is said"  # nobody\n', encoding="utf-8")
    assert sum(bool(found_in(text)) for text in texts_and_comments(tmp_path / "code.py")) == 3


@pytest.mark.parametrize("name", [path.relative_to(ROOT).as_posix() for one in COVERED for path in ROOT.glob(one)])
def test_a_page_is_in_plain_words(name: str) -> None:
    assert found_in(prose(ROOT / name)) == []


@pytest.mark.parametrize("name", RATCHET)
def test_the_phrases_that_are_left_do_not_grow(name: str) -> None:
    path = ROOT / name
    found = found_in(prose(path)) if path.is_file() else [one for text in texts_of_code(path) for one in found_in(text)]
    assert len(found) <= RATCHET[name], "\n".join(found)


def test_each_phrase_is_found_and_plain_words_are_not() -> None:
    bad = (
        "It no longer stands, nobody weighed it, so much of ours is taken, and this is no error. The file is not there: "
        "made anew, told apart, it is said so; make room. Words go to stderr. The record and the store pass in silence."
    )
    found = " ".join(found_in(bad))
    better = set(PHRASES.values()) - {"import", "cached", "costs more", "the command line"}
    assert {one for one in better if one not in found} == set()
    assert found_in("Bring in a table; kept in the user's cache; no date is dearer.") != []
    good = "There is no ledger. The event store is understood; it is no longer read, and bandwidth is taken from roomy disks."
    assert found_in(good) == []


def test_blocks_of_code_are_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A page.\n\n```console\n$ x\nnobody\n```\n\n    nobody\n\n`nobody` is named.\n", encoding="utf-8")
    assert found_in(prose(page)) == []
    page.write_text("A page for nobody.\n", encoding="utf-8")
    assert len(found_in(prose(page))) == 1
