"""Who runs the pure functions, and in which order."""
