"""The read model: facts and views in DuckDB, caught up from the event store. The only room that knows DuckDB."""
