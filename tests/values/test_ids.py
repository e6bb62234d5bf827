"""Ids and public codes: what is accepted, and what is suggested in place of what is not."""

from __future__ import annotations

import string
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidId
from policytrack.values.ids import (
    COUNTRIES,
    LONGEST,
    CountryCode,
    Lei,
    RegionCode,
    Slug,
    UnifiedSocialCreditCode,
    check_country,
    check_lei,
    check_region,
    check_slug,
    check_unified_social_credit_code,
    near_matches,
    numbered_thing,
    suggest_slug,
)

CREDIT_CODE = "9135082115791410XF"
LEI = "5493001KJTIIGC8Y1R12"

CHECKED: list[tuple[object, Callable[[str], str], list[str], list[str]]] = [
    (
        Slug,
        check_slug,
        ["northern-jinlong", "a", "7", "nre-600111", "x" * LONGEST],
        ["", "-a", "a-", "a--b", "A", "a_b", "a b", "#e10", "北方", "a\n", "é", "x" * (LONGEST + 1), "{hint}"],
    ),
    (CountryCode, check_country, ["CN", "AU", "GB", "XK"], ["cn", "UK", "EU", "XX", "CHN", "", "C", " CN", "ZZ"]),
    (
        RegionCode,
        check_region,
        ["CN-NM", "CN-FJ", "US-CA", "FR-2A", "GB-ENG"],
        ["CN", "NM", "ZZ-NM", "CN-", "CN-NMGX", "cn-nm", "CN_NM", "CN-NM\n", "UK-ENG"],
    ),
    (
        Lei,
        check_lei,
        [LEI, "254900OPPU84GM83MG36"],
        [LEI[:-1], LEI.lower(), "5493001KJTIIGC8Y1R13", "5493001KJTIIGC8Y1R21", f"{LEI} ", "", "٥" * 20],
    ),
    (
        UnifiedSocialCreditCode,
        check_unified_social_credit_code,
        [CREDIT_CODE],
        ["9135082115791410XG", "9135082115791401XF", CREDIT_CODE.lower(), CREDIT_CODE[:-1], "I" * 18, ""],
    ),
]
GOOD = [(kind, check, text) for kind, check, good, _ in CHECKED for text in good]
BAD = [(kind, check, text) for kind, check, _, bad in CHECKED for text in bad]


@pytest.mark.parametrize(("kind", "check", "text"), GOOD)
def test_a_good_code_is_kept_as_it_is(kind: Any, check: Callable[[str], str], text: str) -> None:
    assert check(text) == text
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize(("kind", "check", "text"), BAD)
def test_a_bad_code_is_refused_with_a_cure(kind: Any, check: Callable[[str], str], text: str) -> None:
    with pytest.raises(InvalidId) as refusal:
        check(text)
    assert refusal.value.hint
    with pytest.raises(ValidationError) as invalid:
        TypeAdapter(kind).validate_python(text)
    [error] = invalid.value.errors()
    assert (error["type"], error["msg"]) == ("invalid_id", refusal.value.what)
    assert error["ctx"]["hint"] == refusal.value.hint


@pytest.mark.parametrize(
    ("check", "text", "cure"),
    [
        (check_slug, "Northern Jinlong", "write northern-jinlong:"),
        (check_slug, "#e10", "write e10:"),
        (check_slug, "北方稀土", "write for instance"),
        (check_country, "cn", "write CN"),
        (check_country, "UK", "write GB, the code of the United Kingdom"),
        (check_country, "south korea", "write KR"),
        (check_country, "Tschechien", "write CZ"),
        (check_country, "USA", "write US"),
        (check_country, "Korea", "write the code: KR (South) and KP (North)"),
        (check_country, "Ruritania", "write a two-letter code in capitals, for instance CN"),
        (check_region, "KY", "write country and region: US-KY"),
        (check_region, "sk", "write country and region: CA-SK or IN-SK"),
        (check_region, "cn-nm", "write CN-NM"),
    ],
)
def test_the_refusal_suggests_what_was_probably_meant(check: Callable[[str], str], text: str, cure: str) -> None:
    with pytest.raises(InvalidId) as refusal:
        check(text)
    assert refusal.value.hint.startswith(cure)


def test_a_suggestion_drops_accents_signs_and_other_scripts() -> None:
    assert suggest_slug("Northern Jinlong") == "northern-jinlong"
    assert suggest_slug("  Électricité & Métaux, S.A. ") == "electricite-metaux-s-a"
    assert suggest_slug("包钢 Baogang 集团") == "baogang"
    assert suggest_slug("北方") == ""


@given(st.text(max_size=200))
def test_a_suggestion_is_empty_or_a_good_slug(text: str) -> None:
    suggestion = suggest_slug(text)
    assert suggestion == "" or check_slug(suggestion) == suggestion


@given(st.text(max_size=100))
def test_any_text_is_a_slug_or_refused_as_one(text: str) -> None:
    try:
        assert check_slug(text) == text
    except InvalidId:
        with pytest.raises(ValidationError):
            TypeAdapter(Slug).validate_python(text)


@given(st.text(string.digits + "ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_one_wrong_character_in_a_credit_code_is_always_found(organisation: str) -> None:
    body = f"91350821{organisation}"
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    good = [body + last for last in alphabet if _accepts(check_unified_social_credit_code, body + last)]
    assert len(good) == 1
    place, right = 12, good[0]
    wrong = [right[:place] + other + right[place + 1 :] for other in alphabet if other != right[place]]
    assert not any(_accepts(check_unified_social_credit_code, text) for text in wrong)


@given(st.integers(0, 19), st.sampled_from(string.digits + string.ascii_uppercase))
def test_a_digit_for_a_digit_or_a_letter_for_a_letter_in_a_lei_is_always_found(place: int, other: str) -> None:
    # ISO 7064 promises no more: a letter counts as two digits, so that one in place of a digit may slip through.
    assume(other != LEI[place] and other.isdigit() == LEI[place].isdigit())
    assert not _accepts(check_lei, LEI[:place] + other + LEI[place + 1 :])


def _accepts(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except InvalidId:
        return False
    return True


def test_every_country_of_the_standard_is_known() -> None:
    assert len(COUNTRIES - {"XK"}) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)
    assert {"CN", "AU", "US", "MY", "EE", "FR", "IN", "KZ", "MM", "NO", "VN"} <= COUNTRIES


def test_near_matches_are_few_and_best_first_whatever_the_order_of_what_is_known() -> None:
    known = ["northern-rare-earth", "northern-jinlong", "jinlong-rare-earth", "xiamen-tungsten", "gansu-rare-earth"]
    assert near_matches("nothern-jinlong", known)[0] == "northern-jinlong"
    assert near_matches("Northern Jinlong", known)[0] == "northern-jinlong"
    assert near_matches("nothern-jinlong", known) == near_matches("nothern-jinlong", reversed(known))
    assert near_matches("plant", ["plant-b", "plant-c", "plant-a"]) == ("plant-a", "plant-b", "plant-c")
    assert len(near_matches("rare-earth", known, limit=2)) == 2
    assert near_matches("qqqqq", known) == ()
    assert near_matches("anything", []) == ()


def test_the_matching_library_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, policytrack.values.ids; sys.exit('rapidfuzz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ids_of_trackers_are_no_positions_of_events_and_no_imports() -> None:
    numbered = [numbered_thing(id_) for id_ in ("e2", "e123456789", "i3", "e100000131190", "e", "e2-works", "i3d")]
    assert list(map(bool, numbered)) == [True, True, True, False, False, False, False]
    assert numbered[0] != numbered[2]


def test_a_letter_is_not_near_to_every_id_that_has_it() -> None:
    assert near_matches("y", ["polysilicon", "primary-aluminium"]) == ()
    assert near_matches("ya", ["yas", "polysilicon-yard"]) == ("yas",)
