"""The event store in one file, `events.db`."""
