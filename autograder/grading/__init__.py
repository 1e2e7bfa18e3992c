"""The verdict: `grade_submission(assignment, submission) -> GradeResult`, and many of them."""
