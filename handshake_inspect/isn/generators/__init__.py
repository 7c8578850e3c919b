"""Number generators that stacks were built with, each as a bet on the next number."""
