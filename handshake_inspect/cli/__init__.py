"""The command line: options in, an exit status out. It decides nothing about TCP."""
