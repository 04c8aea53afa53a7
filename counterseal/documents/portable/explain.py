"""What each input did to an answer: its baseline Shapley value, the row's against the reference's.

An input's effect is how much the score changes when its value goes from the reference's to the row's, averaged over
all orders in which the inputs may do so (Sundararajan and Najmi 2020, "The many Shapley values for model
explanation"). However many columns, terms or nodes look at an input, it is one player. Effects add up to score(row) -
score(reference).

* ``additive``: exact. A term of one input has its share, less the reference's; of a product of two, each input has
  the mean of what it changes alone and what it changes after the other.
* ``trees``: exact. A leaf is reached by those mixtures of row and reference that take some inputs from the row
  (``ours``) and some from the reference (``theirs``), all others from either; the Shapley value of such a game is
  known (Laberge and Pequignot 2022, "Understanding interventional TreeSHAP"; Lundberg and others 2020). Trees over
  products are sampled.
* ``average``: the weighted sum of its members' effects on their outputs; those of a member with a link are sampled.
* ``calibrated``: sampled.

Sampled is: over all orders of up to four inputs; of more, over ``PAIRS`` fixed orders and their reverses (fewer where
that would take more than ``MAX_STEPS`` answers). Order n sorts the inputs that differ by the SHA-256 of "n", a line's
end and the name.
"""

from __future__ import annotations

from itertools import permutations
from math import comb
from typing import TYPE_CHECKING, Any

from counterseal.documents.portable import additive, columns
from counterseal.documents.portable.additive import Additive
from counterseal.documents.portable.combine import Average
from counterseal.documents.portable.trees import Trees
from counterseal.values.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from counterseal.documents.portable.additive import Term
    from counterseal.documents.portable.combine import Predictor
    from counterseal.documents.portable.inputs import Row
    from counterseal.documents.portable.scored import Scores
    from counterseal.documents.portable.tree import Node

    Numbers = Sequence[float]
    Effects = dict[str, list[float]]

PAIRS = 16
MAX_STEPS = 4096
FEW = 4


def effects(predictor: Predictor, row: Row, reference: Row) -> Effects:
    """Return input → its effect on each score; an input that has none on any may be left out."""
    if isinstance(predictor, Additive):
        return _additive(predictor, row, reference)
    if isinstance(predictor, Trees) and not any(isinstance(item, columns.ProductColumn) for item in predictor.columns):
        return _trees(predictor, row, reference)
    if isinstance(predictor, Average):
        return _average(predictor, row, reference)
    return sampled(predictor.score, row, reference)


def _average(predictor: Average, row: Row, reference: Row) -> Effects:
    found = _Sum(predictor.width)
    for weight, member in zip(predictor.weights, predictor.members, strict=True):
        plain = member.outermost == "identity"
        part = effects(member, row, reference) if plain else sampled(member.answer, row, reference)
        for name, values in part.items():
            found.add(name, [weight * value for value in values])
    return found.effects


def _additive(predictor: Additive, row: Row, reference: Row) -> Effects:
    found = _Sum(predictor.width)
    for output, score in enumerate(predictor.scores):
        for term in score.terms:
            for name, effect in _of_term(term, row, reference):
                found.add_to(output, name, effect)
    return found.effects


def _of_term(term: Term, row: Row, reference: Row) -> Iterator[tuple[str, float]]:
    names = additive.inputs_of(term)
    if len(names) == 1 or not isinstance(term, additive.ProductTerm):
        share = term.share()
        yield names[0], share(row) - share(reference)
        return
    one, other = (column.reading() for column in term.of)
    (a, a0), (b, b0) = (one(row), one(reference)), (other(row), other(reference))
    yield names[0], (a - a0) * ((b + b0) / 2) * term.weight
    yield names[1], (b - b0) * ((a + a0) / 2) * term.weight


def _trees(predictor: Trees, row: Row, reference: Row) -> Effects:
    names = list(dict.fromkeys(name for column in predictor.columns for name in columns.inputs_of(column)))
    players = [1 << names.index(columns.inputs_of(column)[0]) for column in predictor.columns] * 2
    here, there = predictor.numbers(row), predictor.numbers(reference)
    found = _Sum(predictor.width)
    for (ours, theirs), values in _games(predictor, here, there, players).items():
        for name, weight in _weights(names, ours, theirs):
            found.add(name, [weight * value for value in values])
    return found.effects


def _games(
    predictor: Trees, here: Numbers, there: Numbers, players: Sequence[int]
) -> dict[tuple[int, int], list[float]]:
    """Return (ours, theirs), as sets of bits → what the leaves so reached come to, for each output."""
    games: dict[tuple[int, int], list[float]] = {}
    counts = predictor.counts() if predictor.aggregate == "mean" else [1] * predictor.width
    for tree, root in zip(predictor.trees, predictor.roots, strict=True):
        for ours, theirs, value in _leaves(root, here, there, players):
            totals = games.setdefault((ours, theirs), [0.0] * predictor.width)
            outputs = enumerate(value) if tree.output is None else [(tree.output, value)]
            for output, number in outputs:
                totals[output] += number / counts[output]
    return games


def _leaves(root: Node, here: Numbers, there: Numbers, players: Sequence[int]) -> Iterator[tuple[int, int, Any]]:
    """Yield the leaves that a mixture of row and reference can reach, with the players it takes from each."""
    open_nodes: list[tuple[Node, int, int]] = [(root, 0, 0)]
    while open_nodes:
        (column, test, left, right), ours, theirs = open_nodes.pop()
        if not left:
            if ours or theirs:
                yield ours, theirs, test
            continue
        row, reference = left if here[column] <= test else right, left if there[column] <= test else right
        player = players[column]
        if row is reference or ours & player:
            open_nodes.append((row, ours, theirs))
        elif theirs & player:
            open_nodes.append((reference, ours, theirs))
        else:
            open_nodes += [(row, ours | player, theirs), (reference, ours, theirs | player)]


def _weights(names: Sequence[str], ours: int, theirs: int) -> Iterator[tuple[str, float]]:
    """Yield the Shapley value of each player of the game that is won, 1, by all of ours without any of theirs."""
    n, m = ours.bit_count(), theirs.bit_count()
    games = comb(n + m, n)
    for place, name in enumerate(names[: max(ours, theirs).bit_length()]):
        if ours >> place & 1:
            yield name, 1 / (n * games)
        elif theirs >> place & 1:
            yield name, -1 / (m * games)


def sampled(score: Scores, row: Row, reference: Row) -> Effects:
    """Return the mean, over some orders, of how the score changes as inputs take the row's value one by one."""
    differ = [name for name in reference if row[name] != reference[name]]
    start, found = score(reference), _Sum(0)
    taken = list(orders(differ))
    for order in taken:
        before, mixed = start, dict(reference)
        for name in order:
            mixed[name] = row[name]
            after = score(mixed)
            found.add(name, [(b - a) / len(taken) for a, b in zip(before, after, strict=True)])
            before = after
    return found.effects


def orders(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the orders in which inputs take the row's values."""
    if len(names) <= FEW:
        yield from permutations(names)
        return
    for turn in range(max(1, min(PAIRS, MAX_STEPS // (2 * len(names))))):
        order = sorted(names, key=lambda name: sha256(f"{turn}\n{name}".encode()))
        yield from (order, order[::-1])


class _Sum:
    """Effects that are added up."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.effects: Effects = {}

    def add(self, name: str, values: Sequence[float]) -> None:
        """Add to an input's effect on each score."""
        before = self.effects.get(name)
        self.effects[name] = [a + b for a, b in zip(before, values, strict=True)] if before else list(values)

    def add_to(self, output: int, name: str, value: float) -> None:
        """Add to an input's effect on one score."""
        self.effects.setdefault(name, [0.0] * self.width)[output] += value
