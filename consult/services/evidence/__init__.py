"""Evidence for the safeguards: attested, checked, substituted, taken back; and the gate as a person sees it."""
