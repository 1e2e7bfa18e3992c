"""What was asked and what was handed in, read as data, with limits."""
