"""Live sessions in a room: their notes, their desk, what it shows."""
