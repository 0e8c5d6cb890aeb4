"""What a participant meets: the door of a part, the running check, help, and the answers as they are stored."""
