"""Data: files that are found or downloaded, pictures, and how they are made ready for a network."""
