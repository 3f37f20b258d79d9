"""How an answer is judged: by its kind, and always with what is wrong about it, never with what would be right."""

from cxlab.learn.exercises.answers.compared import Function, Table
from cxlab.learn.exercises.answers.number import Number, Sampled, plain_number
from cxlab.learn.exercises.answers.said import Choice, Shown, Words

__all__ = ["Choice", "Function", "Number", "Sampled", "Shown", "Table", "Words", "plain_number"]
