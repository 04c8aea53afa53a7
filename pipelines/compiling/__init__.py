"""Compiling what scikit-learn fitted to plain data: ``columns`` for the features, a module for a family of estimators.

A family (``family.Family``) says two things of an estimator it fitted: ``settle`` rounds what was learned, so that the
last bits, in which processors differ, reach neither the estimator nor model.json; ``predictor`` writes it down.
"""
