"""Parses TOML that may come from a stranger, in time that grows with its length."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

MOST_PARTS: Final = 20
"""The largest number of parts of a dotted name: the parser of Python takes the square of their number."""
_NAME: Final = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_TOO_MANY: Final = re.compile(rf"""(?<![\w-]){_NAME}(?:[ \t]*+\.[ \t]*+{_NAME}){{{MOST_PARTS}}}""")


def read_toml(text: str) -> dict[str, Any]:
    """Return the content of a TOML text. Raises `ValueError` for one that is invalid or nested too deeply."""
    if found := _TOO_MANY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"a name has more than {MOST_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError as cause:
        raise ValueError("the values are nested too deeply") from cause
