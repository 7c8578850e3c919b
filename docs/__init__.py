"""The documentation: written by hand where it argues, generated where it lists."""
