"""What the command line `stcr` does: one file and one function a command."""
