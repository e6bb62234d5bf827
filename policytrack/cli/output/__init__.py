"""Output: writes an answer as a table, as raw rows, or in one of the file formats."""
