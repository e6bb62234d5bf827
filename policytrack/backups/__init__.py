"""Backs up a ledger to a folder, position by position, and restores it from there."""
