"""What many connections say together."""
