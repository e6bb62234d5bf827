"""Bulk: drafts rows in parallel, stores the drafts in a temporary file, decides and appends them in one transaction."""
