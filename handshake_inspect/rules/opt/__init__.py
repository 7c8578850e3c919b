"""Options: what the SYNs agree on, and what later segments make of it."""
