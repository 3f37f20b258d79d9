"""Trials: what an action changes, shown at random or beside those who were not touched."""
