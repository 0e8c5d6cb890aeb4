"""The words of a form: what is missing, what changed, what they may not say."""
