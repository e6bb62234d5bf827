"""File formats: each reads a file into rows or a table, with the place of every cell and field."""

from typing import Literal

Format = Literal["auto", "yaml", "jsonl", "json", "csv", "xlsx"]
"""Formats of files of events; with `auto` the file's extension decides, then its first bytes."""
