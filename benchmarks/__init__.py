"""What the linter costs beside its peers. The package imports nothing of this, and nothing here is a test."""
