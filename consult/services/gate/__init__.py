"""What the gate looks at in the database, and what it says of a part as it stands."""
