"""policytrack: an event-sourced record of industrial policy and industrial capacity."""

__version__ = "0.1.0"
