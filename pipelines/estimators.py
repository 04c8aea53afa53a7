"""Which estimators may be proposed, for which tasks and with which parameters: what is not listed is refused by name.

An estimator is listed once it compiles to plain data that passes the parity gate, and gives the same bytes each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.parameters import between, one_of, weights, whole, yes_or_no

if TYPE_CHECKING:
    from pipelines.parameters import Parameter


@dataclass(frozen=True)
class Form:
    """How an estimator is fitted for a kind of task: scikit-learn's class, its parameters, its defaults here."""

    path: str
    parameters: dict[str, Parameter]
    defaults: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Allowed:
    """An estimator: what it is for a BOM, its forms, and what its features may be.

    ``missing``: it takes missing numbers as they are. ``monotone``: it can be held to rise or fall with a feature.
    ``native``: it takes categories without an order. ``products``: it takes products of columns. ``indicators``: it
    takes nothing but columns of 0 and 1. ``least``: the smallest target it can be fitted to.
    """

    family: str
    title: str
    classifier: Form | None = None
    regressor: Form | None = None
    missing: bool = False
    monotone: bool = False
    native: bool = False
    products: bool = True
    indicators: bool = False
    least: float | None = None

    def form(self, task: str) -> Form | None:
        """Return how it is fitted for a task, if it can be."""
        return self.regressor if task == "regression" else self.classifier

    def parameters(self) -> dict[str, Parameter]:
        """Return the parameters of all its forms."""
        forms = (form for form in (self.classifier, self.regressor) if form)
        return {name: parameter for form in forms for name, parameter in form.parameters.items()}


_CLASS_WEIGHT = {"class_weight": one_of(None, "balanced")}
_ITERATIONS = {"max_iter": whole(1, 100_000), "tol": between(1e-12, 1e-1)}
_SHARE = between(0, 1)
_SGD = {
    **_ITERATIONS,
    "penalty": one_of("l2", "l1", "elasticnet", None),
    "alpha": between(1e-10, 1e3),
    "l1_ratio": _SHARE,
    "learning_rate": one_of("optimal", "constant", "invscaling", "adaptive"),
    "eta0": between(1e-10, 1e2),
    "average": yes_or_no(),
}
_TREE = {
    "max_depth": whole(1, 60) | one_of(None),
    "max_leaf_nodes": whole(2, 100_000) | one_of(None),
    "min_samples_leaf": whole(1, 1_000_000),
    "min_samples_split": whole(2, 1_000_000),
    "max_features": one_of("sqrt", "log2", None) | between(1e-3, 1),
    "ccp_alpha": between(0, 1e6),
}
_FOREST = {**_TREE, "n_estimators": whole(1, 2000)}
_GINI = {"criterion": one_of("gini", "entropy", "log_loss"), **_CLASS_WEIGHT}
_SQUARED = {"criterion": one_of("squared_error", "absolute_error", "poisson")}
_BOOSTING = {**_FOREST, "learning_rate": between(1e-4, 1), "subsample": between(1e-2, 1), "init": one_of("zero", None)}
_HISTOGRAM = {
    "learning_rate": between(1e-4, 1),
    "max_iter": whole(1, 5000),
    "max_leaf_nodes": whole(2, 10_000) | one_of(None),
    "max_depth": whole(1, 60) | one_of(None),
    "min_samples_leaf": whole(1, 1_000_000),
    "l2_regularization": between(0, 1e6),
    "max_features": between(1e-3, 1),
    "max_bins": whole(2, 255),
    "early_stopping": yes_or_no(),
    "n_iter_no_change": whole(1, 1000),
    "validation_fraction": between(0.01, 0.5),
}
FOLDS = 5  # of the training rows, by the split
MAX_CATEGORIES = 255  # without an order, of one column

#: Rows that a leaf stands for, at the least: of fewer it would be a record of somebody.
LEAF = 10
_LEAF = {"min_samples_leaf": LEAF}
_SMALL = {**_LEAF, "n_estimators": 100, "max_leaf_nodes": 128}  # one that is grown to its end weighs tens of megabytes

ESTIMATORS = {
    "logistic-regression": Allowed(
        family="linear model",
        title="logistic regression with an L2 penalty",
        classifier=Form(
            "sklearn.linear_model.LogisticRegression",
            {**_ITERATIONS, **_CLASS_WEIGHT, "C": between(1e-6, 1e6)},
            {"max_iter": 1000, "solver": "lbfgs"},
        ),
    ),
    "linear-regression": Allowed(
        family="linear model",
        title="least squares",
        regressor=Form("sklearn.linear_model.LinearRegression", {}),
    ),
    "ridge": Allowed(
        family="linear model",
        title="least squares with an L2 penalty",
        regressor=Form("sklearn.linear_model.Ridge", {"alpha": between(1e-6, 1e9)}, {"solver": "cholesky"}),
    ),
    "elastic-net": Allowed(
        family="linear model",
        title="least squares with L1 and L2 penalties",
        regressor=Form(
            "sklearn.linear_model.ElasticNet",
            {**_ITERATIONS, "alpha": between(1e-9, 1e9), "l1_ratio": _SHARE},
            {"max_iter": 10_000},
        ),
    ),
    "poisson-regression": Allowed(
        family="linear model",
        title="Poisson regression with an L2 penalty",
        regressor=Form(
            "sklearn.linear_model.PoissonRegressor", {**_ITERATIONS, "alpha": between(0, 1e9)}, {"max_iter": 1000}
        ),
        least=0.0,
    ),
    "sgd": Allowed(
        family="linear model",
        title="a linear model learned by stochastic gradient descent",
        classifier=Form("sklearn.linear_model.SGDClassifier", {**_SGD, **_CLASS_WEIGHT}, {"loss": "log_loss"}),
        regressor=Form(
            "sklearn.linear_model.SGDRegressor",
            {**_SGD, "loss": one_of("squared_error", "huber"), "epsilon": between(1e-9, 1e9)},
        ),
    ),
    "gaussian-naive-bayes": Allowed(
        family="naive Bayes",
        title="Gaussian naive Bayes",
        classifier=Form("sklearn.naive_bayes.GaussianNB", {"var_smoothing": between(1e-3, 1)}, {"var_smoothing": 1e-3}),
        products=False,
    ),
    "bernoulli-naive-bayes": Allowed(
        family="naive Bayes",
        title="Bernoulli naive Bayes",
        classifier=Form("sklearn.naive_bayes.BernoulliNB", {"alpha": between(1e-9, 1e3)}),
        products=False,
        indicators=True,
    ),
    "decision-tree": Allowed(
        family="decision tree",
        title="a decision tree",
        classifier=Form("sklearn.tree.DecisionTreeClassifier", {**_TREE, **_GINI}, _LEAF),
        regressor=Form("sklearn.tree.DecisionTreeRegressor", {**_TREE, **_SQUARED}, _LEAF),
        missing=True,
        monotone=True,
    ),
    "random-forest": Allowed(
        family="tree ensemble",
        title="a random forest",
        classifier=Form("sklearn.ensemble.RandomForestClassifier", {**_FOREST, **_GINI}, _SMALL),
        regressor=Form("sklearn.ensemble.RandomForestRegressor", {**_FOREST, **_SQUARED}, _SMALL),
        missing=True,
        monotone=True,
    ),
    "extra-trees": Allowed(
        family="tree ensemble",
        title="extremely randomised trees",
        classifier=Form("sklearn.ensemble.ExtraTreesClassifier", {**_FOREST, **_GINI}, _SMALL),
        regressor=Form("sklearn.ensemble.ExtraTreesRegressor", {**_FOREST, **_SQUARED}, _SMALL),
        missing=True,
        monotone=True,
    ),
    "gradient-boosting": Allowed(
        family="tree ensemble",
        title="gradient boosting",
        classifier=Form("sklearn.ensemble.GradientBoostingClassifier", _BOOSTING, _LEAF),
        regressor=Form(
            "sklearn.ensemble.GradientBoostingRegressor",
            {**_BOOSTING, "loss": one_of("squared_error", "absolute_error", "huber")},
            _LEAF,
        ),
    ),
    "histogram-gradient-boosting": Allowed(
        family="tree ensemble",
        title="histogram gradient boosting",
        classifier=Form(
            "sklearn.ensemble.HistGradientBoostingClassifier",
            {**_HISTOGRAM, **_CLASS_WEIGHT},
            {"early_stopping": False},
        ),
        regressor=Form(
            "sklearn.ensemble.HistGradientBoostingRegressor",
            {**_HISTOGRAM, "loss": one_of("squared_error", "absolute_error", "poisson")},
            {"early_stopping": False},
        ),
        missing=True,
        monotone=True,
        native=True,
    ),
    "calibrated": Allowed(
        family="calibrated model",
        title="calibrated probabilities",
        classifier=Form(
            "sklearn.calibration.CalibratedClassifierCV",
            {"method": one_of("sigmoid", "isotonic"), "cv": whole(2, FOLDS)},
            {"method": "sigmoid", "cv": FOLDS},
        ),
    ),
    "voting": Allowed(
        family="voting ensemble",
        title="a weighted mean of models",
        classifier=Form("sklearn.ensemble.VotingClassifier", {"weights": weights()}, {"voting": "soft"}),
        regressor=Form("sklearn.ensemble.VotingRegressor", {"weights": weights()}),
    ),
}
