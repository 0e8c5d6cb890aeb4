"""Feeding back: main ideas, answers with reasons, what changed."""
