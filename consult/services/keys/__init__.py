"""Keys of people, parts and the inclusion tier: stored with seals, confirmed by others, given on."""
