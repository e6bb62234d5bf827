"""The checks of a read model: each is a SELECT of what should not be, and all together are one view.

A check is `projections/checks/<name>.sql`. It opens with a sentence that says what is wrong, the severity, and what a
row is, and selects subject, message and positions over the views at (p_as_of, p_known_at).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from policytrack.readmodel import composing, sql_text

FINDINGS: Final = "_check_finding"
"""The view of what the checks find; `check_result` adds what is known of each check."""
_OPENING: Final = re.compile(r"(?P<sentence>.+?\.) Severity: (?P<severity>error|warning)\.(?: (?P<row>.*))?")
_READS_FINDINGS: Final = frozenset({"check_result", "check_result_at", f"{FINDINGS}_at"})
_NOTHING: Final = (
    "SELECT '' AS check_name, '' AS subject, '' AS message, []::BIGINT[] AS positions"
    " WHERE p_as_of IS NULL AND p_known_at IS NULL AND FALSE"
)


def described(comment: str) -> tuple[str, str, str]:
    """What a check's opening comment says: what is wrong, the severity, and what a row is; empty where it does not."""
    match = _OPENING.fullmatch(comment)
    return (match["sentence"], match["severity"], match["row"] or "") if match else ("", "", "")


def fault(comment: str) -> str:
    """What an opening comment lacks, or nothing."""
    return "" if _OPENING.fullmatch(comment) else "opens without a sentence and `Severity: error.` or `warning.`"


def reads_findings(sql: str, own: Mapping[str, str]) -> bool:
    """Whether a text reads what the checks find, itself or through the user's own views."""
    seen: set[str] = set()
    texts = [sql]
    while texts:
        names = sql_text.names(texts.pop())
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
        f"SELECT '{name}' AS check_name, * FROM (\n{shaped(composing.substituted(sql, views))})"  # noqa: S608 # our SQL files
        for name, sql in asked.items()
    ]
    opening = composing.shared_parts(asked.values(), views)
    return "/* One row per finding of a check. */\n" + opening + "\nUNION ALL\n".join(selects)


def shaped(sql: str) -> str:
    """The text of a check with its three columns as every check has them."""
    return (
        "SELECT subject::VARCHAR AS subject, message::VARCHAR AS message,"  # noqa: S608 # the text of a SQL file
        f" list_sort(list_distinct(positions::BIGINT[])) AS positions FROM (\n{sql}\n)"
    )
