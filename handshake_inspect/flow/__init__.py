"""Segments become connections: who speaks with whom, how many lives a 4-tuple had, what each tells."""
