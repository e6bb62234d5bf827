"""The command line: the only room that parses arguments, prints, and turns errors into exit codes."""
