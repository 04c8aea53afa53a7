"""What is measured on the held-out rows: one module a question, over arrays of numbers, and none that judges.

* ``answers`` is what a model said beside what was true; all else is computed from it and the features.
* Every number that policies ask about is an Estimate (``pipelines.intervals``): with interval, rows and method.
* What cannot be told is written down as such (an interval of everything, a group that is named and not counted).
* Random draws come from ``draws``, which starts at the same place for the same question.
"""
