"""Importing: reads, validates and records events from files, the same way for every format and size."""
