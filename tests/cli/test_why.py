"""`why`: one form of explanation for national figures, projects, holdings and quotas, in every output format."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from policytrack.cli.commands.why import why
from policytrack.questions.why_national import FIGURES
from tests.cli.conftest import Run
from tests.thinning import one_in

Ask = Callable[..., Run]

SEED = ("--country", "CN", "--activity", "rare-earth-separation")
KINDS = {
    "national": ("pending-net", *SEED),
    "figure of a project": ("project", "northern-jinlong-separation", "retiring"),
    "stated by an event": ("project", "northern-jinlong-separation", "due"),
    "holdings": ("holdings", "baogang-group", "rare-earth-separation", "--status", "pending"),
    "quota": ("quota", "2024", "--stage", "mining", "--holder", "northern-rare-earth"),
}
NOTHING_YET = ("pending-gross", "--country", "CN", "--activity", "rare-earth-metal", "--as-of", "2022-12-31")


def explained(ask: Ask, *words: str) -> Any:
    run = ask("why", *words, "--json")
    assert run.code == 0, run.err
    return json.loads(run.out)


@pytest.mark.parametrize("kind", KINDS)
def test_json_has_the_same_keys_for_every_kind_of_figure(ask: Ask, kind: str) -> None:
    found = explained(ask, *KINDS[kind])
    assert [*found][:1] == ["figure"]
    assert [*found][-6:] == ["unit", "reported", "reason", "sum_of_leaves", "leaves", "not_counted"]
    assert found["leaves"]
    is_sum = kind != "stated by an event"
    assert found["sum_of_leaves"] == (found["reported"] if is_sum else None)
    assert (found["reason"] is None) == (found["reported"] is not None)


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_the_tree_names_each_event_of_the_json_once_for_each_leaf_that_it_makes(ask: Ask, kind: str) -> None:
    found = explained(ask, *KINDS[kind])
    leaves = [event for leaf in found["leaves"] for event in leaf.get("shares", [leaf]) + leaf.get("terms", [])]
    wanted = sorted(f"e{event['position']}" for event in leaves + found["not_counted"] if event["position"])
    tree = ask("why", *KINDS[kind]).out.splitlines()
    lines = [line.lstrip("│├└─ ").split("  ")[0] for line in tree if line[:1] in "│├└ "]
    assert sorted(word for word in lines if word[1:].isdecimal()) == wanted


def test_an_unknown_figure_has_its_reason_in_json_too(ask: Ask) -> None:
    found = explained(ask, *KINDS["quota"])
    assert (found["reported"], found["reason"]) == (None, "an event that counts gives no exact figure")
    assert "unknown: an event that counts gives no exact figure" in ask("why", *KINDS["quota"]).out


def test_a_table_without_leaves_has_its_columns_all_the_same(ask: Ask) -> None:
    events = "position,amount,reason,type,effective,known_on,summary,assertion,sources"
    run = ask("why", *NOTHING_YET, "--known-at", "2023-06-30", "--format", "csv")
    assert run.out.splitlines() == [f"thing,{events}"]
    holding = ("northern-rare-earth", "rare-earth-separation", "--basis", "operated")
    run = ask("why", "holdings", *holding, "--format", "csv")
    assert run.out.splitlines() == ["path,thing,capacity,share_pct,amount,reason"]


def test_each_national_figure_is_a_subcommand_with_the_same_help(ask: Ask) -> None:
    helps = {str(why.commands[figure.replace("_", "-")].help) for figure in FIGURES}
    assert len(helps) == 1
    assert set(why.commands) == {figure.replace("_", "-") for figure in FIGURES} | {
        "project",
        "holdings",
        "quota",
        "support",
    }
