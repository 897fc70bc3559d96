"""What the clients are made of: questions, what carries them, the command."""
