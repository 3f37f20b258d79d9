"""How customers feel: scores, drivers and feedback, whether to act, and what it is worth."""
