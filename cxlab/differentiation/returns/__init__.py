"""Returns: what an initiative is worth, how sure that is, and where to stop."""
