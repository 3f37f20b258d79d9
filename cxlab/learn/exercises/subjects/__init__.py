"""The exercises, a module a subject."""
