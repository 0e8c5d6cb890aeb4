"""Copies and their end: backups, restoring, retention, certificates of destruction."""
