"""Explanations: which figure an address means, and the explanation that `policytrack why` gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from policytrack.errors import UsageError, shortened
from policytrack.questions import check_filters
from policytrack.questions.explanation import MOST_SHOWN
from policytrack.questions.why_holding import BASES, STATUSES, explain_holding
from policytrack.questions.why_national import FIGURES, explain
from policytrack.questions.why_project import FIELDS, explain_project
from policytrack.questions.why_quota import QuotaQuestion, explain_quota
from policytrack.serve.parameters import Parameter
from policytrack.serve.tables import ACTIVITY, COUNTRY
from policytrack.values.choices import QuotaStage

if TYPE_CHECKING:
    from policytrack.questions.explanation import Explanation
    from policytrack.serve.asked import Asked


@dataclass(frozen=True, slots=True)
class Why:
    """A kind of explanation: the path of its address, its parameters, and what explains it."""

    path: str
    summary: str
    explain: Callable[[Asked, int | None], Explanation]
    """Explains what an address means; with a number, by at most that many things or chains of shares."""
    in_path: tuple[Parameter, ...]
    parameters: tuple[Parameter, ...] = ()


def _project(asked: Asked, most: int | None) -> Explanation:
    asked.values(())
    field = _one_of("field", asked.path["field"].replace("-", "_"), FIELDS)
    return _at_most(explain_project(asked.session, asked.path["id"], field), most)


def _holding(asked: Asked, most: int | None) -> Explanation:
    given = asked.values(_HOLDING)
    found = explain_holding(
        asked.session, asked.path["firm"], asked.path["activity"], given["basis"] or "attributable",
        given["status"] or "operating",
    )  # fmt: skip
    return _at_most(found, most)


def _quota(asked: Asked, most: int | None) -> Explanation:
    given = asked.values(_QUOTA)
    year = asked.path["year"]
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise UsageError(f"{shortened(year)!r} is not a year", hint="use a year such as 2024")
    question = QuotaQuestion(
        int(year), given["holder"], given["batch"], tuple(given["stage"]), tuple(given["material"]),
        tuple(given["country"]), tuple(given["activity"]), given["perimeter"] or "reported",
    )  # fmt: skip
    return _at_most(explain_quota(asked.session, question), most)


def _national(asked: Asked, most: int | None) -> Explanation:
    figure = _one_of("figure", asked.path["figure"].replace("-", "_"), FIGURES)
    given = asked.values((COUNTRY, ACTIVITY))
    if any(len(chosen) != 1 for chosen in given.values()):
        raise UsageError("exactly one country and one activity are needed", hint="choose a figure at /")
    check_filters(asked.session, given)
    return explain(asked.session, figure, given["country"][0], given["activity"][0], most=most)


def _at_most(explanation: Explanation, most: int | None) -> Explanation:
    return explanation if most is None else explanation.shortened(most)


def _one_of(what: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise UsageError(f"there is no {what} {shortened(given)!r}", hint=f"allowed: {', '.join(allowed)}")
    return given


ALL: Final = Parameter("all", f"Show every line. Without it, a page has the {MOST_SHOWN} that add most.", "flag")
"""A parameter of the pages; the API answers every line."""
_HOLDING: Final = (
    Parameter("basis", "Basis of ownership. attributable if missing.", choices=BASES),
    Parameter("status", "Status of the capacity. operating if missing.", choices=STATUSES),
)
_QUOTA: Final = (
    COUNTRY,
    ACTIVITY,
    Parameter("holder", "Holder of the quota. The nation if missing."),
    Parameter("stage", "Only this stage.", choices=get_args(QuotaStage), many=True),
    Parameter("batch", "Notice of the year: B1, B2 … The whole year if missing."),
    Parameter("material", "Only this material, as named in the notice.", many=True),
    Parameter("perimeter", "constant: count a merged firm under its successor.", choices=("reported", "constant")),
)
KINDS: Final = (
    Why(
        "/project/{id}/{field}", "Explain a field of a project: `policytrack why project`.", _project,
        (Parameter("id", "The project."), Parameter("field", "A column of the view project.", choices=FIELDS)),
    ),
    Why(
        "/holdings/{firm}/{activity}", "Explain what a firm holds: `policytrack why holdings`.", _holding,
        (Parameter("firm", "The firm."), Parameter("activity", "The activity.")), _HOLDING,
    ),
    Why(
        "/quota/{year}", "Explain a quota: `policytrack why quota`.", _quota,
        (Parameter("year", "The year.", "number"),), _QUOTA,
    ),
    Why(
        "/{figure}", "Explain a national figure: `policytrack why FIGURE`.", _national,
        (Parameter("figure", "The figure.", choices=FIGURES),), (COUNTRY, ACTIVITY),
    ),
)  # fmt: skip
"""The kinds of explanations; the general path comes last."""
