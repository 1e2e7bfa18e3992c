"""Both ends inside the wall: cells, values and handles, and what may cross."""
