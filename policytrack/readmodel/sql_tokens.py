"""What the loader reads out of the text of a SQL file, without a database: references and comments.

Only the outline is understood: comments, texts, words and brackets. Whether it is SQL, DuckDB says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""(?P<comment>/\*.*?\*/|--[^\n]*)|(?P<text>'(?:[^']|'')*'|\$\$.*?\$\$)|(?P<name>"(?:[^"]|"")*"|\w+)|(?P<mark>\S)""",
    re.DOTALL,
)
_AFTER_LIST: Final = frozenset(
    (
        "FROM",
        "WHERE",
        "GROUP",
        "HAVING",
        "WINDOW",
        "QUALIFY",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "UNION",
        "INTERSECT",
        "EXCEPT",
    )
)
_STARTS: Final = frozenset(["SELECT", "WITH", "FROM", "VALUES", "PIVOT", "UNPIVOT", "TABLE"])


class Token(NamedTuple):
    """A piece of SQL: its kind (comment, text, name or mark), how deep in brackets, and the line it ends on."""

    kind: str
    text: str
    depth: int
    line: int
    start: int


@lru_cache(512)
def tokens(sql: str) -> tuple[Token, ...]:
    """The pieces of a SQL text, in order, with comments. Cached: a build asks for each text many times."""
    found = []
    depth, line, seen = 0, 1, 0
    for match in _TOKEN.finditer(sql):
        text, kind = match[0], str(match.lastgroup)
        start, end = match.span()
        if kind == "mark" and text in ")]}":
            depth -= 1
        line += sql.count("\n", seen, end)
        seen = end
        found.append(Token(kind, text, depth, line, start))
        if kind == "mark" and text in "([{":
            depth += 1
    return tuple(found)


def single_select(sql: str) -> str:
    """The one SELECT of a file, without a closing semicolon. Raises `ValueError` when it is something else."""
    code = [token for token in tokens(sql) if token.kind != "comment"]
    if not code or code[0].text.upper() not in _STARTS | {"("}:
        raise ValueError("is not a SELECT")
    ends = [index for index, token in enumerate(code) if token.text == ";" and token.kind == "mark"]
    if not ends:
        return sql
    if ends[0] != len(code) - 1:
        raise ValueError("holds more than one statement")
    end = code[ends[0]].start
    return sql[:end] + sql[end + 1 :]


def opening_comment(sql: str) -> str:
    """The comment that a file opens with, on one line; empty when it has none."""
    first = next(iter(tokens(sql)), None)
    if first is None or not first.text.startswith("/*"):
        return ""
    return " ".join(first.text[2:-2].split())


@lru_cache(512)
def called(sql: str) -> frozenset[str]:
    """The names of what is called like a function."""
    code = [token for token in tokens(sql) if token.kind != "comment"]
    return frozenset(
        name.text for name, then in _pairs(code) if name.kind == "name" and then.text == "(" and then.kind == "mark"
    )


@lru_cache(512)
def read_from(sql: str) -> frozenset[str]:
    """The names that stand after FROM and JOIN."""
    code = [token for token in tokens(sql) if token.kind != "comment"]
    return frozenset(
        then.text.strip('"')
        for word, then in _pairs(code)
        if word.text.upper() in ("FROM", "JOIN") and then.kind == "name"
    )


@lru_cache(512)
def types_taken(sql: str) -> frozenset[str]:
    """The texts after the first ``WHERE type =`` or ``WHERE type IN``; empty when there is none."""
    code = [token for token in tokens(sql) if token.kind != "comment"]
    for index, (word, then) in enumerate(_pairs(code)):
        if (word.text.upper(), then.text) != ("WHERE", "type"):
            continue
        taken = takewhile(
            lambda token: token.kind == "text" or token.text in ("=", "(", ","), _after_in(code, index + 2)
        )
        return frozenset(token.text[1:-1] for token in taken if token.kind == "text")
    return frozenset()


@lru_cache(64)
def only_types(sql: str, types: frozenset[str]) -> str:
    """The text without the WHEN branches of its `CASE type` outside brackets that are about other types than these.

    One branch stays in any case, which SQL needs.
    """
    code = [token for token in tokens(sql) if token.kind != "comment"]
    starts = [at for at, (word, then) in enumerate(_pairs(code)) if _is_case_of_type(word, then)]
    if not starts:
        return sql
    branches = list(_branches(code[starts[0] + 2 :]))
    left_out = [(start, end) for start, end, of in branches if of.isdisjoint(types)]
    if len(left_out) == len(branches):
        del left_out[0]
    for start, end in reversed(left_out):
        sql = sql[:start] + sql[end:]
    return sql


def _is_case_of_type(word: Token, then: Token) -> bool:
    return not word.depth and (word.text.upper(), then.text) == ("CASE", "type")


def _branches(code: Sequence[Token]) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Where each WHEN branch of the CASE that is open begins and ends, and the texts between its WHEN and THEN."""
    nested, start, texts, is_open = 0, None, set[str](), False
    for token in code:
        word = token.text.upper() if token.kind == "name" and not token.depth else ""
        if word in ("WHEN", "ELSE", "END") and not nested:
            if start is not None:
                yield start, token.start, frozenset(texts)
            if word != "WHEN":
                return
            start, texts, is_open = token.start, set(), True
        elif word == "THEN" and not nested:
            is_open = False
        elif word in ("CASE", "END"):
            nested += 1 if word == "CASE" else -1
        elif is_open and token.kind == "text":
            texts.add(token.text[1:-1])


def _after_in(code: Sequence[Token], start: int) -> Sequence[Token]:
    return code[start + 1 :] if code[start].text.upper() == "IN" else code[start:]


@lru_cache(512)
def names(sql: str) -> frozenset[str]:
    """Every name in a SQL text."""
    return frozenset(token.text for token in tokens(sql) if token.kind == "name")


def macros_created(script: str) -> frozenset[str]:
    """The names of the macros that a script creates."""
    code = [token for token in tokens(script) if token.kind != "comment"]
    return frozenset(
        name.text for word, name in _pairs(code) if word.text.upper() in ("MACRO", "FUNCTION") and name.kind == "name"
    )


def column_comments(sql: str) -> dict[str, str]:
    """Column name to comment: the ``-- text`` after each column of the last SELECT list outside brackets."""
    comments: dict[str, str] = {}
    listed = list(_last_list(tokens(sql)))
    for index, token in enumerate(listed):
        if token.kind != "comment" or token.depth or not token.text.startswith("--"):
            continue
        before = [other for other in listed[:index] if other.kind != "comment"][-2:]
        if not before or before[-1].line != token.line:
            continue
        ends_column = before[-1].text == "," or all(other.kind == "comment" for other in listed[index + 1 :])
        column = before[0] if before[-1].text == "," else before[-1]
        if ends_column and column.kind == "name":
            comments[column.text.strip('"')] = token.text[2:].strip()
    return comments


def _last_list(found: Sequence[Token]) -> Iterator[Token]:
    selects = [index for index, token in enumerate(found) if not token.depth and token.text.upper() == "SELECT"]
    if not selects:
        return
    for token in found[selects[-1] + 1 :]:
        if token.kind == "name" and not token.depth and token.text.upper() in _AFTER_LIST:
            return
        yield token


def _pairs(code: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    return pairwise(code)
