"""How a command ends: what its exit status says."""

OK = 0
DIFFERS = 1  # a comparison found something
WRONG_USE = 2
FAULT = 3
ATTENTION = 4  # done, but a person has to look
