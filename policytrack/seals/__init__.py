"""Signs heads of a ledger, and proves single events against a signed head. See docs/seals.md for the formats."""
