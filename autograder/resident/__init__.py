"""A process that stays, so that commands begin at once: `autograder warm`."""
