"""The checks of a read model: each is a SELECT of what should not be, and all together are one view.

A check is `projections/checks/<name>.sql`. It opens with a sentence that says what is wrong, the severity, and what a
row is, and selects subject, message and positions over the views at (p_as_of, p_known_at).

A check whose opening says `Asked at recording.` after the severity also runs after events were recorded, over what is
new: it skips what no event after the variable `since` is about, by `is_new(position)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from policytrack.readmodel import sql_tokens, view_inlining

FINDINGS: Final = "_check_finding"
"""The view of what the checks find; `check_result` adds what is known of each check."""
RESULTS: Final = "check_result"
_SHARED: Final = ("capacity_swap", "_capacity_term", "_project_row")
"""The views whose checks run together: a view takes most of the time of each of its checks."""
_OPENING: Final = re.compile(
    r"(?P<sentence>.+?\.) Severity: (?P<severity>error|warning)\."
    r"(?P<at_recording> Asked at recording\.)?(?: (?P<row>.*))?"
)
_NO_DOUBT: Final = "SELECT '' AS check_name, '' AS subject, '' AS message, []::BIGINT[] AS positions WHERE FALSE"
_DOUBTS: Final = """
WITH found AS (
{found}
)
SELECT found.check_name, found.subject, found.message, found.positions
FROM found
WHERE len(list_filter(found.positions, lambda position: position > $since)) > 0
  AND NOT EXISTS (
    FROM acknowledgement
    -- What an earlier event acknowledges was not said of the new ones.
    WHERE acknowledgement.check_name = found.check_name AND list_contains(found.positions, acknowledgement.position)
      AND acknowledgement.position > $since
      AND acknowledgement.known_on <= known_at() AND acknowledgement.known_to > known_at()
  )
ORDER BY found.check_name, found.positions, found.message
"""
_READS_FINDINGS: Final = frozenset({"check_result", "check_result_at", f"{FINDINGS}_at"})
_NOTHING: Final = (
    "SELECT '' AS check_name, '' AS subject, '' AS message, []::BIGINT[] AS positions"
    " WHERE p_as_of IS NULL AND p_known_at IS NULL AND FALSE"
)


def described(comment: str) -> tuple[str, str, str]:
    """What a check's opening comment says: what is wrong, the severity, and what a row is; empty where it does not."""
    match = _OPENING.fullmatch(comment)
    return (match["sentence"], match["severity"], match["row"] or "") if match else ("", "", "")


def is_asked_at_recording(comment: str) -> bool:
    """Whether a check's opening comment says that it also runs after events were recorded, over what is new."""
    match = _OPENING.fullmatch(comment)
    return match is not None and match["at_recording"] is not None


def doubt(name: str) -> str:
    """The name of the table macro, without `_at`, of one check that is asked at recording."""
    return f"_doubt_{name}"


def doubts(names: Iterable[str]) -> str:
    """One SELECT of what these checks find about events after the position `$since`, without what those acknowledge."""
    selects = [
        f"SELECT '{name}' AS check_name, * FROM {doubt(name)}_at(as_of(), known_at())"  # noqa: S608 # names of our files
        for name in names
    ]
    return _DOUBTS.format(found="\nUNION ALL\n".join(selects) or _NO_DOUBT)


def types_read(sql: str, facts: Mapping[str, frozenset[str]], views: Mapping[str, str]) -> set[str]:
    """The types of the events on which the answer of a text depends, itself or through views.

    `facts` gives the types that each fact table takes. Tables that take all, such as `event`, only say more of what
    others find, and are left out: of a text that reads no other table, the set is empty.
    """
    types: set[str] = set()
    for text in (sql, *(views[name] for name in _views_read(sql, views))):
        types.update(*(facts[name] for name in sql_tokens.names(text) & facts.keys()))
    return types


def _views_read(sql: str, views: Mapping[str, str]) -> set[str]:
    """The views that a text reads as `name_at(…)`, itself or through others."""
    seen: set[str] = set()
    texts = [sql]
    while texts:
        names = sql_tokens.names(texts.pop())
        through = {name for name in views if f"{name}_at" in names} - seen
        seen |= through
        texts += [views[name] for name in through]
    return seen


def fault(comment: str) -> str:
    """What an opening comment lacks, or nothing."""
    return "" if _OPENING.fullmatch(comment) else "opens without a sentence and `Severity: error.` or `warning.`"


def reads_findings(sql: str, own: Mapping[str, str]) -> bool:
    """Whether a text reads what the checks find, itself or through the user's own views."""
    seen: set[str] = set()
    texts = [sql]
    while texts:
        names = sql_tokens.names(texts.pop())
        if names & _READS_FINDINGS:
            return True
        through = {name for name in own if name in names or f"{name}_at" in names} - seen
        seen |= through
        texts += [own[name] for name in through]
    return False


def union(asked: Mapping[str, str], views: Mapping[str, str]) -> str:
    """One SELECT of what the checks find, over the views that they read."""
    if not asked:
        return _NOTHING
    selects = [
        f"SELECT '{name}' AS check_name, * FROM (\n{shaped(view_inlining.substituted(sql, views))})"  # noqa: S608 # our SQL files
        for name, sql in asked.items()
    ]
    opening = view_inlining.shared_parts(asked.values(), views)
    return "/* One row per finding of a check. */\n" + opening + "\nUNION ALL\n".join(selects)


def parts(asked: Mapping[str, str], views: Mapping[str, str]) -> list[tuple[list[str], str]]:
    """The checks as queries that can be run one after the other: the names of the checks, and a SELECT like that of
    `check_result` of what they find, at the coordinates of the session.

    All together in one query, they take twice the memory of the largest part. Checks that share most of their work are
    one part.
    """
    groups: dict[str, dict[str, str]] = {}
    for name, sql in asked.items():
        read = _views_read(sql, views)
        part = next((view for view in _SHARED if view in read), name)
        groups.setdefault(part, {})[name] = sql
    found = []
    for group in groups.values():
        text = view_inlining.composed(views[RESULTS], {FINDINGS: union(group, views)})
        found.append((list(group), text.replace("p_as_of", "as_of()").replace("p_known_at", "known_at()")))
    return found


def shaped(sql: str) -> str:
    """The text of a check with its three columns as every check has them."""
    return (
        "SELECT subject::VARCHAR AS subject, message::VARCHAR AS message,"  # noqa: S608 # the text of a SQL file
        f" list_sort(list_distinct(positions::BIGINT[])) AS positions FROM (\n{sql}\n)"
    )
