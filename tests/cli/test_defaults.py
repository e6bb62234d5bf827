"""Defaults of the settings: who has precedence, that each is reported, and that a stranger's are not used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from policytrack.trust import MADE, Trust
from tests.cli.conftest import Run, policytrack

DEFAULTS = """
[defaults]
country = ["CN"]
activity = "rare-earth-separation"
as-of = 2025-10-31
format = "csv"

[defaults.pending]
columns = ["project_id", "net"]
known-at = "2025"
"""


def with_defaults(ledger: Path, text: str = DEFAULTS) -> Path:
    """The ledger with these settings too; still known as its user's own, or its read model would be built again."""
    with (ledger / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write(text)
    assert Trust(ledger / "policytrack.toml").remember(MADE)
    return ledger


@pytest.fixture
def trusted(ledger: Path) -> Path:
    assert policytrack(with_defaults(ledger), "--trust", "config").code == 0
    return ledger


def countries(run: Run) -> set[str]:
    return {row["country_code"] for row in json.loads(run.out)["rows"]}


def test_a_flag_comes_before_the_environment_the_settings_and_the_built_in_value(trusted: Path) -> None:
    words = ("capacity", "--envelope")
    assert countries(policytrack(trusted, *words)) == {"CN"}
    variable = {"POLICYTRACK_CAPACITY_COUNTRY": "AU"}
    assert countries(policytrack(trusted, *words, **variable)) == {"AU"}
    assert countries(policytrack(trusted, *words, "--country", "US", **variable)) == {"US"}
    every = countries(policytrack(trusted, *words, "--no-defaults"))
    assert every > {"CN", "AU", "US"}


@pytest.mark.soak
def test_the_defaults_of_a_command_come_before_the_general_ones(trusted: Path) -> None:
    answer = json.loads(policytrack(trusted, "pending", "--envelope").out)
    assert (answer["as_of"], answer["known_at"]) == ("2025-10-31", "2025-12-31")
    assert [column["name"] for column in answer["columns"]] == ["project_id", "net"]
    assert json.loads(policytrack(trusted, "capacity", "--envelope").out)["known_at"] == "2026-11-23"


def test_each_default_is_in_the_message_the_footer_the_citation_and_the_envelope(trusted: Path) -> None:
    shown = policytrack(trusted, "capacity", "--format", "table", "--cite")
    assert "only country CN, activity rare-earth-separation (by default)" in shown.out.replace("\n", " ")
    assert "note: by default of policytrack.toml: as-of 2025-10-31, country CN, activity rare-earth-sep" in shown.err
    assert "capacity (country CN, activity rare-earth-separation), as of 2025-10-31" in shown.err
    answer = json.loads(policytrack(trusted, "capacity", "--envelope", POLICYTRACK_CAPACITY_UNIT="kt").out)
    assert answer["defaults"] == {
        "as-of": {"value": "2025-10-31", "source": "policytrack.toml"},
        "country": {"value": "CN", "source": "policytrack.toml"},
        "activity": {"value": "rare-earth-separation", "source": "policytrack.toml"},
        "unit": {"value": "kt", "source": "POLICYTRACK_CAPACITY_UNIT"},
    }
    plain = json.loads(policytrack(trusted, "capacity", "--envelope", "--no-defaults").out)
    assert "defaults" not in plain


@pytest.mark.soak
def test_a_default_format_gives_way_to_json_and_to_the_extension_of_a_file(trusted: Path) -> None:
    assert policytrack(trusted, "capacity", "--columns", "unit").out == "unit\nt REO/yr\n"
    assert json.loads(policytrack(trusted, "capacity", "--columns", "unit", "--json").out) == [{"unit": "t REO/yr"}]
    assert policytrack(trusted, "capacity", "--columns", "unit", "-o", "answer.json").code == 0
    assert json.loads((trusted / "answer.json").read_text()) == [{"unit": "t REO/yr"}]


@pytest.mark.soak
def test_the_defaults_of_a_stranger_are_not_used_until_they_are_trusted_as_they_are(
    trusted: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(trusted, tmp_path / "copy")
    run = policytrack(copy, "capacity", "--json")
    assert {"AU", "US"} < {row["country_code"] for row in json.loads(run.out)}
    assert f"warning: not used: [defaults] of {copy}/policytrack.toml" in run.err
    assert json.loads(policytrack(copy, "capacity", "--json", "--trust").out)[0]["country_code"] == "CN"
    assert json.loads(policytrack(copy, "capacity", "--json").out)[0]["country_code"] == "CN"
    settings = copy / "policytrack.toml"
    settings.write_text(settings.read_text().replace('["CN"]', '["US"]'))
    changed = policytrack(copy, "capacity", "--envelope")
    assert "AU" in countries(changed)
    assert "warning: not used: [defaults]" in changed.err
    rows = {row["setting"]: row for row in json.loads(policytrack(copy, "config", "--json").out)}
    assert (rows["defaults.country"]["value"], rows["defaults.country"]["in_use"]) == ("US", False)
    assert rows["format"]["in_use"] is True


@pytest.mark.soak
def test_the_folder_of_the_ledger_may_follow_the_command(trusted: Path, tmp_path: Path) -> None:
    for words in (("capacity", "-C", str(trusted)), ("-C", str(trusted), "capacity")):
        assert countries(policytrack(tmp_path, *words, "--envelope")) == {"CN"}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('[defaults]\ncuntry = "CN"\n', 5, "'cuntry' cannot be a default"),
        ('[defaults]\n\ncolumns = "net"\n', 6, "columns can be a default of one command only"),
        ('[defaults.capcity]\ncountry = "CN"\n', 4, "no command 'capcity'"),
        ('[defaults.check]\ncountry = "CN"\n', 5, "has no option --country"),
        ('[defaults]\ncountry = "CN"\nas-of = "soon"\n', 6, "the default as-of:"),
        ('[defaults]\nformat = ["csv", "json"]\n', 5, "more than one value"),
        ("[defaults]\ncountry = true\n", 5, "not a text"),
        ('defaults = "CN"\n', 4, "[defaults] is not a table"),
    ],
)  # fmt: skip
def test_a_wrong_default_is_refused_with_its_line(ledger: Path, text: str, line: int, what: str) -> None:
    with_defaults(ledger, text)
    run = policytrack(ledger, "--trust", *(("check",) if "check" in text else ("capacity",)))
    assert run.code == 6, run.err
    assert f"policytrack.toml:{line})" in run.err and what in run.err and "--no-defaults" in run.err
    assert policytrack(ledger, "capacity", "--no-defaults").code == 0


def test_config_names_the_source_of_each_option_of_a_command(trusted: Path) -> None:
    run = policytrack(trusted, "config", "why", "net", "--json", POLICYTRACK_WHY_NET_COUNTRY="US")
    found = {row["setting"]: (row["value"], row["source"]) for row in json.loads(run.out)}
    assert found["--country"] == ("US", "environment POLICYTRACK_WHY_NET_COUNTRY")
    assert found["--activity"] == ("rare-earth-separation", "policytrack.toml")
    assert found["--dates"] == ("latest", "built in")
    assert found["--head"] == (None, "built in")
    assert "there is no command 'nothing'" in policytrack(trusted, "config", "nothing").err
    assert "name one: " in policytrack(trusted, "config", "why").err


def test_commands_that_publish_use_no_defaults(trusted: Path) -> None:
    exported = policytrack(trusted, "export", "national_capacity", "--format", "json")
    assert {"AU", "US"} < {row["country_code"] for row in json.loads(exported.out)}
    assert "by default" not in exported.err
