"""The command line: every command a paragraph that parses, loads, judges, prints."""
