"""The rules: one function, one file each; the folder's name is the prefix of its codes."""
