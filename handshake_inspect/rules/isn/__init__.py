"""How hosts choose initial sequence numbers."""
