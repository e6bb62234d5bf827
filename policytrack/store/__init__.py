"""The event store: the truth of a ledger. The only room that knows the event-sourcing library's
persistence."""
