"""What an inspection found, as one value."""
