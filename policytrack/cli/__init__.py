"""The command line: the only package that parses arguments, prints, and turns errors into exit codes."""
