"""The commands: one module a group, each registers its parsers and returns an exit code."""
