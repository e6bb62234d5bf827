"""Commands: each command of `policytrack` lives in the file of its name."""
