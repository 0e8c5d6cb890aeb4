"""What is asked: forms, the answers to them, coarse profiles, and the bank that forms are made from."""
