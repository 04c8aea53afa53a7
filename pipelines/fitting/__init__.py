"""Fitting with scikit-learn: ``preparation`` of the features, ``assembly`` of the estimator, ``search`` for parameters.

The modules of this package import scikit-learn, which takes seconds: whoever needs one loads it when it is needed.
"""
