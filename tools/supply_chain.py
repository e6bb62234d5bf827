"""What policytrack is made of: the pinned files of its dependencies, their licences, and a bill of materials.

    python tools/supply_chain.py locked [EXTRA…]   lines of constraints.txt that an installation needs, for pip -r
    python tools/supply_chain.py licences          one line per dependency; exit 1 for a licence that is not allowed
    python tools/supply_chain.py sbom              a CycloneDX bill of materials in JSON

Dependencies are those of the environment that runs it, as its packages state them.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
SHIPPED: Final = ("charts", "mcp", "postgres", "seal", "serve")
"""The extras that users install. `dev` is for the tests."""
ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LGPL-3.0-only",  # psycopg, of the extra `postgres`: a library that is imported, unchanged
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
"""Licences under which a program may be used with policytrack, which is Apache-2.0, in any product."""
_CLASSIFIED: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_IN_WORDS: Final = (("BSD 2-Clause", "BSD-2-Clause"), ("BSD-3-Clause", "BSD-3-Clause"), ("MIT License", "MIT"))
_PINNED: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def dependencies(extras: Iterable[str]) -> dict[str, Distribution]:
    """Return policytrack's dependencies with these extras, and theirs, by canonical name."""
    found: dict[str, Distribution] = {}
    wanted = list(_required(distribution("policytrack"), extras))
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name not in found:
            found[name] = distribution(requirement.name)
        wanted += [
            one for one in _required(found[name], requirement.extras) if canonicalize_name(one.name) not in found
        ]
    return dict(sorted(found.items()))


def _required(package: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    for text in package.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def pins() -> dict[str, tuple[str, str]]:
    """Return the version of each package in `constraints.txt`, and its lines there, by canonical name."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t]+.*)*", text, re.MULTILINE)
    matches = [(_PINNED.match(block), block) for block in blocks]
    return {canonicalize_name(found["name"]): (found["version"], block) for found, block in matches if found}


def locked(extras: Iterable[str]) -> str:
    """Return the requirements file of an installation with these extras: each package pinned, with its hashes."""
    known = pins()
    return "".join(f"{known[name][1]}\n" for name in dependencies(extras))


def licence(package: Distribution) -> str:
    """Return the SPDX expression of a package's licence; empty if its metadata does not give one that is known."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    # Some packages state a licence only by its text.
    files = metadata.get_all("License-File") or ()
    text = str(metadata.get("License") or "") or "".join(package.read_text(f"licenses/{name}") or "" for name in files)
    for words, identifier in _IN_WORDS:
        if words in text[:200]:
            return identifier
    names = [
        text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or () if text.startswith("License ::")
    ]
    return " AND ".join(dict.fromkeys(_CLASSIFIED.get(name, "") for name in names))


def is_allowed(expression: str) -> bool:
    """Return whether a licence expression names only allowed licences: with OR, in one of its choices."""
    while inner := re.search(r"\(([^()]*)\)", expression):
        expression = expression.replace(inner[0], "MIT" if is_allowed(inner[1]) else "?")
    return any(all(name.strip() in ALLOWED for name in choice.split(" AND ")) for choice in expression.split(" OR "))


def bill_of_materials(extras: Iterable[str]) -> dict[str, Any]:
    """Return the CycloneDX 1.6 document of policytrack with these extras. It is the same for the same versions."""
    packages = dependencies(extras)
    us = distribution("policytrack")
    known = {canonicalize_name(us.name): us, **packages}
    references = {name: f"pkg:pypi/{name}@{package.version}" for name, package in known.items()}
    used = {canonicalize_name(us.name): set(extras)}
    for package in known.values():
        for one in _required(package, extras):
            used.setdefault(canonicalize_name(one.name), set()).update(one.extras)
    needed = {
        name: sorted({canonicalize_name(one.name) for one in _required(package, used.get(name, ()))} & known.keys())
        for name, package in known.items()
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(references.values()))}",
        "version": 1,
        "metadata": {"component": {**_component("application", us, references["policytrack"])}},
        "components": [_component("library", package, references[name]) for name, package in packages.items()],
        "dependencies": [
            {"ref": references[name], "dependsOn": [references[one] for one in ones]} for name, ones in needed.items()
        ],
    }


def _component(kind: str, package: Distribution, reference: str) -> dict[str, Any]:
    return {
        "type": kind,
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "purl": reference,
        "licenses": [{"expression": licence(package)}],
    }


def main(words: list[str]) -> int:
    """Run one of the commands."""
    match words:
        case ["locked", *extras]:
            sys.stdout.write(locked(extras))
        case ["licences"]:
            stated = {name: licence(package) for name, package in dependencies((*SHIPPED, "dev")).items()}
            for name, expression in stated.items():
                verdict = "" if is_allowed(expression) else "not allowed"
                sys.stdout.write("\t".join((name, expression or "unknown", verdict)).rstrip() + "\n")
            return 0 if all(map(is_allowed, stated.values())) else 1
        case ["sbom"]:
            sys.stdout.write(json.dumps(bill_of_materials(SHIPPED), indent=2) + "\n")
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
