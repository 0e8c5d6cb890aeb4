"""Translations and recordings of what participants read and hear."""
