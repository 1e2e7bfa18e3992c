"""What a term brings: the files of a learning platform, people, dates, appeals, several markers."""
