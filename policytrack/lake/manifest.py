"""Reads and writes the manifest of a lake: its files with their checksums, and the head that they are of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from policytrack.errors import IntegrityTrouble
from policytrack.input_files import read_input

MANIFEST: Final = "policytrack-lake.json"
_LARGEST: Final = 64 << 20
"""The largest manifest in bytes, with about 400,000 files."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_NAME: Final = "[A-Za-z0-9_][A-Za-z0-9_=.%-]*"
RelativePath = Annotated[str, StringConstraints(pattern=f"^{_NAME}(/{_NAME})*$")]
"""A path below the folder, without hidden names: files that a manifest names may be removed."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LakeFile(_Strict):
    """A file: its path in the lake, its number of rows, its size in bytes, and the sha256 of its content."""

    path: RelativePath
    rows: int = Field(ge=0)
    size: int = Field(ge=0)
    sha256: Hash


class Manifest(_Strict):
    """The content of a lake, at a head. `tables` names the SQL and the libraries that made the files."""

    format: Literal["policytrack-lake/1"] = "policytrack-lake/1"
    ledger: str
    position: int = Field(ge=0)
    digest: Hash
    tables: str
    files: tuple[LakeFile, ...] = Field(default=(), strict=False)

    def text(self) -> str:
        """Return the manifest as JSON, one file on a line."""
        head = {name: getattr(self, name) for name in ("format", "ledger", "position", "digest", "tables")}
        lines = ",\n".join("    " + json.dumps(file.model_dump(), ensure_ascii=False) for file in self.files)
        return json.dumps(head, ensure_ascii=False, indent=2)[:-2] + f',\n  "files": [\n{lines}\n  ]\n}}\n'


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a lake; None if the folder has none. Raises `IntegrityTrouble` for a malformed one."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        return Manifest.model_validate_json(read_input(path, _LARGEST))
    except ValidationError as cause:
        first = cause.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise IntegrityTrouble(
            f"{path} is not the manifest of a lake: {where}: {first['msg']}", hint="export to another folder"
        ) from cause
