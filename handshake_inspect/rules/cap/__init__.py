"""The capture itself. Never blamed on the network; it lowers what others can claim."""
