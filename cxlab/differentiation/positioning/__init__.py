"""Where customers see us among rivals."""
