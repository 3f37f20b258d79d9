"""What goes along with a score: drivers, importance and performance, Kano's kinds, gaps to expectations and rivals."""
