"""What the user expected, and the recording does not show."""
