"""The Python API: `policytrack.open` returns an `OpenLedger`, whose methods are the commands that query and record."""
