"""Who works here and how they sign in: accounts, invitations, passphrases, second steps."""
