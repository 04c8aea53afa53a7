"""The build side: from a spec, a dataset and a lock to everything that proves a model.

``run`` goes through the steps of ``model.yaml``; each is a module that sees its declared materials and nothing else:

* ``validate``  is this the data that was described, and does it fit its description?
* ``train``     fit, and compile to plain data
* ``evaluate``  fit again, compare, measure (``measures``: one module a question)
* ``bom``       what the model is made of
* ``audit``     what is known to be wrong with that
* ``record``    the card, its figures, and the entry

Imports the kernel, never ``serving`` or ``scripts``. Nothing here prints, reads a clock, or draws by a seed that is not
fixed.
"""
