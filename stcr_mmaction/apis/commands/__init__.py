"""The commands of `stcr`: one file and one function for each."""
