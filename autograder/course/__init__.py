"""The course: the only place that knows nbgrader."""

from autograder.course import loading_message

loading_message.say_so()
