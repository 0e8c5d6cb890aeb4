"""The life of a signed part: signature, opening, languages, lapses, the emergency stop."""
