"""The event store (`events.db`). Only this package uses the persistence classes of the event-sourcing library."""
