"""Small numbers: what is hidden stays hidden, and as much as can safely be shown is shown."""
