"""Serves the pages and the API of a ledger on this computer."""
