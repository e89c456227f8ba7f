"""The command line: a table of commands, each in a module of its own, imported when it is called."""
