"""Who holds which role and which half of a key: given, given on, drawn anew, taken away."""
