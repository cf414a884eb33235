"""The command line, one module for each group of commands; rooms are imported inside the commands that need them."""
