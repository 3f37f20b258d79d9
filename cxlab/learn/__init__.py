"""What a student touches."""
