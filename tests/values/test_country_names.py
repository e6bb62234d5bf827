"""Countries by their names: spellings, official names, other languages, and what is no country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack import resources
from policytrack.errors import InvalidId, Place
from policytrack.values.country_codes import COUNTRIES
from policytrack.values.country_names import country_code, fold

NAMES = {
    "CI": "Côte d'Ivoire | Cote d'Ivoire | Cote dIvoire | COTE D’IVOIRE | Ivory Coast | Costa d’Avorio | CIV",
    "TR": "Turkey | Türkiye | Turkiye | TURKIYE | Republic of Türkiye | Republic of Turkey | Türkei",
    "CW": "Curaçao | Curacao",
    "RE": "Réunion | Reunion",
    "XK": "Kosovo | XK | Kosovo* | Republic of Kosovo",
    "KR": "South Korea | Korea, South | Republic of Korea | Korea, Rep. | Korea (Republic of) | S. Korea | 韩国 | Südkorea",
    "KP": "North Korea | Korea, Dem. People's Rep. | DPRK | Democratic People's Republic of Korea",
    "RU": "Russia | Russian Federation | Россия",
    "IR": "Iran | Iran, Islamic Rep. | Islamic Republic of Iran | Iran (Islamic Republic of)",
    "VN": "Vietnam | Viet Nam | Socialist Republic of Vietnam | Việt Nam",
    "CD": "DR Congo | DRC | Congo, Dem. Rep. | Democratic Republic of the Congo | D.R. Congo | Zaire",
    "CG": "Republic of the Congo | Congo, Rep. | Congo-Brazzaville",
    "CZ": "Czechia | Czech Republic | Česko | Tschechien",
    "MK": "Macedonia | North Macedonia | FYROM | TFYR Macedonia",
    "LA": "Laos | Lao PDR | Lao People's Democratic Republic",
    "BO": "Bolivia | Bolivia (Plurinational State of)",
    "TW": "Taiwan | Chinese Taipei | Taiwan, Province of China | Taiwan, China | 台灣 | 台湾",
    "CN": "China | PRC | P.R. China | People's Republic of China | 中国 | CHN",
    "DE": "Germany | Deutschland | Federal Republic of Germany | Allemagne | DEU",
    "NL": "Netherlands | The Netherlands | Netherlands, The | Holland",
    "GM": "Gambia | The Gambia | Gambia, The",
    "TT": "Trinidad & Tobago | Trinidad and Tobago",
    "LC": "St. Lucia | St Lucia | Saint Lucia",
    "GB": "United Kingdom | UK | Great Britain",
    "US": "United States | U.S.A. | the United States of America",
    "JP": "Japan | 日本",
    "KZ": "Kazakhstan | Republic of Kazakhstan | Казахстан",
}


def here() -> Place:
    return Place("table.csv", 2, 1)


@pytest.mark.parametrize("code", NAMES)
def test_a_country_is_found_by_every_spelling_of_its_names(code: str) -> None:
    assert {name: country_code(name, here) for name in NAMES[code].split(" | ")} == dict.fromkeys(
        NAMES[code].split(" | "), code
    )


@pytest.mark.parametrize("name", ["Atlantis", "Republic of China", "Europe", "Kongo", "World", "x", ""])
def test_what_is_no_country_is_refused_and_nothing_far_is_offered(name: str) -> None:
    with pytest.raises(InvalidId) as refusal:
        country_code(name, here)
    assert "did you mean" not in refusal.value.hint
    assert "[values]" in refusal.value.hint


@pytest.mark.parametrize("name", ["Congo", "the Congo", "KOREA", "Virgin Islands", "Saint-Martin"])
def test_a_name_of_two_countries_is_refused_with_both(name: str) -> None:
    with pytest.raises(InvalidId, match=r"may be [A-Z]{2} \(.*\) and [A-Z]{2} \("):
        country_code(name, here)


def test_a_name_that_is_almost_right_is_offered() -> None:
    for name, code in {"Turky": "TR", "Germny": "DE", "Kazakhastan": "KZ", "Phillipines": "PH"}.items():
        with pytest.raises(InvalidId) as refusal:
            country_code(name, here)
        assert refusal.value.hint.startswith(f"did you mean {code}?")


def test_every_code_has_a_name_and_no_name_is_of_two_countries() -> None:
    rows = resources.reference_table("countries")
    assert {row["country_code"] for row in rows} == COUNTRIES
    found: dict[str, str] = {}
    for table, columns in (("countries", ("name", "other_names")), ("names/countries", ("name",))):
        for row in resources.reference_table(table):
            for name in (one for column in columns for one in row[column].split("; ") if one):
                assert found.setdefault(fold(name), row["country_code"]) == row["country_code"], name


@given(
    st.sampled_from(
        [row["name"] for row in resources.reference_table("countries") if row["country_code"] not in {"CG", "MF"}]
    ),
    st.booleans(),
)
def test_case_and_accents_do_not_matter(name: str, upper: bool) -> None:
    written = name.upper() if upper else name.lower()
    assert country_code(written, here) == country_code(name, here)
