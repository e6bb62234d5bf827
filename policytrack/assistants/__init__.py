"""The server for assistants that call tools (`policytrack mcp`): a client of the Python API that only reads."""
