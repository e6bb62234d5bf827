"""Long lists of cases of a few kinds: the suite runs some of each, the soak runs all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(number: int, cases: Iterable[Any], *, of_one: bool = False) -> list[Any]:
    """Return the cases as parameters; all but the first of each `number` in a row are marked as soak.

    Cases of one kind stand beside each other, so that each kind stays in the suite. `of_one` says that the test has one
    parameter, of which a tuple is a value.
    """
    return [case if at % number == 0 else _soaked(case, of_one) for at, case in enumerate(cases)]


def _soaked(case: Any, of_one: bool) -> Any:
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, marks=(*case.marks, pytest.mark.soak), id=case.id)
    values = case if isinstance(case, tuple) and not of_one else (case,)
    return pytest.param(*values, marks=pytest.mark.soak)
