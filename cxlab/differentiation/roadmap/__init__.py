"""Which initiatives first, in which order, what to learn before, and when to stop."""
