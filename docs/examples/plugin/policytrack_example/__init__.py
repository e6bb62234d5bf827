"""An example of a plugin for policytrack: see docs/how-to/plugin.md."""
