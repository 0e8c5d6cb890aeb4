"""Benchmarks: what the program does beside its limit, both measured in the same run on the same machine."""
