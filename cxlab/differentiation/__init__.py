"""Why customers choose us rather than a rival, and which improvements pay."""
