"""Partners: what they read, propose and change before a part is signed."""
