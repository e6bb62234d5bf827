"""The import door: events written by hand (YAML) or by a program (JSONL), read with the place of every field."""
