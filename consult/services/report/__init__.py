"""What was found and who was heard: live figures, releases, reports, totals that a service supplies."""
