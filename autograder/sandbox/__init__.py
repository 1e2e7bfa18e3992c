"""The wall: what a session may touch, the warm servers that fork them, and the doctor."""
