"""What policytrack is made of: pinned with hashes, under allowed licences, and listed in a bill of materials."""

from __future__ import annotations

import json
import re

import pytest
import supply_chain  # in tools/


def test_every_dependency_is_pinned_with_the_hashes_of_its_files() -> None:
    pinned = supply_chain.pins()
    for name, package in supply_chain.dependencies((*supply_chain.SHIPPED, "dev")).items():
        version, lines = pinned[name]
        assert version == package.version, f"{name}: run `make lock`, or install what constraints.txt says"
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}(?= \\\n|$)", lines)
        assert hashes and lines.count("--hash") == len(hashes), name
    needed = supply_chain.locked(supply_chain.SHIPPED)
    assert "duckdb==" in needed and "cryptography==" in needed and "pytest==" not in needed


def test_every_dependency_has_an_allowed_licence() -> None:
    for name, package in supply_chain.dependencies((*supply_chain.SHIPPED, "dev")).items():
        assert supply_chain.is_allowed(supply_chain.licence(package)), (name, supply_chain.licence(package))


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [("MIT", True), ("", False), ("GPL-3.0-only", False), ("MIT AND GPL-2.0-only", False), ("GPL-2.0-only OR MIT", True),
     ("MPL-2.0 AND (Apache-2.0 OR MIT)", True), ("MPL-2.0 AND (AGPL-3.0-only OR LGPL-2.0-only)", False)],
)  # fmt: skip
def test_an_expression_is_allowed_by_what_it_requires(expression: str, is_allowed: bool) -> None:
    assert supply_chain.is_allowed(expression) is is_allowed


def test_the_bill_of_materials_lists_every_dependency_once_and_is_the_same_each_time() -> None:
    bill = supply_chain.bill_of_materials(supply_chain.SHIPPED)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    names = {component["bom-ref"] for component in bill["components"]}
    assert len(names) == len(bill["components"]) == len(supply_chain.dependencies(supply_chain.SHIPPED))
    us = bill["metadata"]["component"]["bom-ref"]
    related = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert related.keys() == names | {us}
    reached, left = set(), [us]
    while left:
        reached.add(one := left.pop())
        left += [needed for needed in related[one] if needed not in reached]
    assert reached == names | {us}
    assert json.dumps(bill) == json.dumps(supply_chain.bill_of_materials(supply_chain.SHIPPED))
