"""Snapshots: compares the whole table of a tracker with the ledger and returns the events that differ."""
