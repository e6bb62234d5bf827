"""Views of views as one SELECT, in which each view that is needed stands once and is worked out once.

A file calls the views it needs as macros, `name_at(p_as_of, p_known_at)`, which is how it is read. The engine would
copy the text of each, and of all views below it, into every place that calls it; planning the copies costs more than
the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from policytrack.readmodel import sql_tokens

_SUFFIX: Final = "_at"
_ARGUMENTS: Final = ["(", "p_as_of", ",", "p_known_at", ")"]


def composed(sql: str, views: Mapping[str, str]) -> str:
    """The SELECT of a file, with the views that it calls at its own dates as shared parts before it."""
    parts = shared_parts([sql], views)
    return f"{parts}FROM (\n{substituted(sql, views)}\n)" if parts else sql


def shared_parts(texts: Iterable[str], views: Mapping[str, str]) -> str:
    """A WITH clause of the views that the texts call, directly or through others, each after those that it calls."""
    needed: dict[str, str] = {}
    for sql in texts:
        _gather(sql, views, needed)
    parts = [f"{_shared(name)} AS (\n{text}\n)" for name, text in needed.items()]
    return "WITH\n" + ",\n".join(parts) + "\n" if parts else ""


def substituted(sql: str, views: Mapping[str, str]) -> str:
    """The text with each `view_at(p_as_of, p_known_at)` as the name of the shared part."""
    parts, end = [], 0
    for name, start, after in _calls(sql, views):
        parts += [sql[end:start], _shared(name)]
        end = after
    return "".join(parts) + sql[end:]


def _gather(sql: str, views: Mapping[str, str], needed: dict[str, str]) -> None:
    for name, _, _ in _calls(sql, views):
        if name not in needed:
            _gather(views[name], views, needed)
            needed[name] = substituted(views[name], views)


def _calls(sql: str, views: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """The views that a text calls at its own dates, and from where to where each call goes. A call at other dates, as
    of a perimeter for instance, is left to the engine."""
    code = [token for token in sql_tokens.tokens(sql) if token.kind != "comment"]
    for index, token in enumerate(code):
        name = token.text.removesuffix(_SUFFIX)
        after = code[index + 1 : index + 6]
        if token.text.endswith(_SUFFIX) and name in views and [one.text for one in after] == _ARGUMENTS:
            yield name, token.start, after[-1].start + 1


def _shared(name: str) -> str:
    return f"shared_{name}"
