"""The statements of the directory, one module for each thing it does."""
