"""The demonstration: an invented organisation runs one consultation from set-up to report. Nobody in it exists."""
