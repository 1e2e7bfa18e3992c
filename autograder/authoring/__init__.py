"""From the instructor's notebook to the release, with the proofs that it is sound."""
