"""The redactor."""
