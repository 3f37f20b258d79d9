"""What customers write: texts masked at the door, how they feel, what they are about, and what is new."""
