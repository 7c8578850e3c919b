"""What is generated: one module per kind of page, each with `pages()`, from path below docs to Markdown."""
