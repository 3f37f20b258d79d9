"""Pictures of positions, choices, trials, returns and plans."""
