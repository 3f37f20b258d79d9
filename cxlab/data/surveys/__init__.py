"""Surveys at the door: exports as survey tools write them, one column a question, become one row an answer.

    cx.load("export.csv").surveys      guessed where the file leaves no doubt
    cx.load("export.csv", options={"survey": {"scale": "1..7", "questions": {"Q3": {"reversed": True}}}})

What can be declared, in a client.yaml, a data package or `options`, is described in `cxlab.data.surveys.declared`.

Every response of the file is kept or set aside with its reason (a line that cannot be split, a test by the makers of
the survey); the counts are rows of the file. An answer that is no score ("N/A", "Prefer not to say", a blank, 11 on a
scale from 0 to 10) stays as a row without score; its text stays in `answer`.

Doubtful responses stay too, and say so in `flag`:

straight-line
    All answers to a battery, five or more questions on one scale, are alike. It is honest where the questions ask for
    much the same and the customer is delighted (all fives); hardly so where a question of the battery is reversed.
fast
    The response took less than a third of the median duration of all, or less than 2 seconds an answered question.
repeated
    The same response or customer again: a response number that an earlier row has; a customer who answered the same
    question (of the same touchpoint, brand and person who served) before in the wave, or on the same day where waves
    are not named, or ever where there are no dates; or answers and texts as those of another response in the
    10 minutes before (without a text: at least five answers that are not all alike). The first stays without flag.
unfinished
    The survey tool says so: Finished is False, or Progress is below 100.
"""
