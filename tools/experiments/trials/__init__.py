"""What breaks a training: one file for each kind of trouble."""
