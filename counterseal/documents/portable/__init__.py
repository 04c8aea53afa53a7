"""The model as plain data: what ``model.json`` means, and the one evaluation of it that everything here uses.

``inputs`` and ``rows`` say what may be asked; ``columns`` are the numbers that are read from it; ``additive`` and
``trees`` turn them into scores, and ``combine`` puts such predictors together; ``links`` turn scores into outputs;
``model`` is the whole document, and decides; ``explain`` says what each input did to an answer.

All numbers are IEEE 754 floats of 64 bits; an integer becomes the nearest one before anything is computed or
compared. Sums are added up in the order written. What no file of this package states, no reader may assume.
"""
