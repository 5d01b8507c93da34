"""The subcommands, one a module. Each is a thin layer over a function that can be called without it."""
