"""The event store in PostgreSQL, for a ledger that several people record in. Needs the extra ``postgres``."""
