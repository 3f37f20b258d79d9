"""Choices between offers: what each attribute is worth, to whom, and what that does to prices and shares."""
