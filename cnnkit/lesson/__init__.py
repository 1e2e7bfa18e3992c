"""What a lecture asks and how it answers, its frame and its card.

    from cnnkit import lesson

    lecture = lesson.begin(6)           # what one will be able to do, how long, where it stands
    lecture.number("…", answer, forgot_the_bias)
    lecture.predict("accuracy", "How many of the pictures will it get right?", unit="%")
    lecture.outcome("accuracy", found)  # your guess beside it
    lecture.card()

`lesson.forget()` removes all predictions; they are kept on this machine alone.
"""

from cnnkit.lesson.lecture import Lecture, begin
from cnnkit.lesson.predictions import forget

__all__ = ["Lecture", "begin", "forget"]
