"""Pictures of how customers feel: each draws one plain table on the axes it is given, and returns them."""
