"""The report as files: each module writes the same document (`consult.web.review.blocks`) in one format."""
