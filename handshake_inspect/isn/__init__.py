"""Whether a host's initial sequence numbers can be guessed, from what a capture shows of them."""
