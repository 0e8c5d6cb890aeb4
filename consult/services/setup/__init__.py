"""Setting up and putting away: consultations, their parts, who works on them."""
