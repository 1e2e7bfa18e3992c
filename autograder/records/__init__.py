"""What is kept and shown: results, nbgrader's gradebook, feedback, report, exports."""
