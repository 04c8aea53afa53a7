"""dataset.yaml as a draft: everything that was guessed, in a fixed order, with questions where only a person knows.

The same file gives the same bytes. A line that says ``FILL IN`` is a question; no document holds before it is
answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents.document import API_VERSION
from counterseal.values import strict_yaml
from scripts.repository.drafts import commented

if TYPE_CHECKING:
    from scripts.dataset.guess import Guess
    from scripts.dataset.source import Brought

HEAD = """\
# What {name} is: what each column means, what it may hold, whom it concerns, how its rows are divided.
# `counterseal dataset new` guessed what it could. Correct it, and answer each line that says FILL IN: until then
# nothing that reads this file goes on. Values that people must not see belong nowhere in it.
"""
COMMENTS = {
    "source": "Where the data comes from, and what its licence asks of whoever uses it.",
    "public": "true only if anybody may see every record: then, and only then, the file itself goes into Git.",
    "file": "The file beside this one, and the SHA-256 of its bytes.",
    "missing": "Cells that say that a value is missing, in every column.",
    "target": "What is predicted.",
    "split": "Which rows are held out to measure on. One new row moves one row.",
    "columns": "`groups` makes a column sensitive: outcomes are compared between them. `known: after` says that it is\n"
    "  # written down after the outcome, so that no model may use it. `unit` says what a number is in.",
    "dropped": "Left out of everything, and why.",
}
QUESTIONS = {
    "title": "FILL IN: what one row is, and where and when the rows were collected",
    "source": {
        "title": "FILL IN: who published the data, under which name",
        "licence": "FILL IN: the licence, as SPDX spells it, such as CC-BY-4.0",
        "attribution": "FILL IN: whom the licence wants named, and how",
        "reference": "FILL IN: a DOI, a URL or a file number under which others find it",
    },
}


def draft(name: str, brought: Brought, guess: Guess, *, public: bool) -> bytes:
    """Write a draft."""
    spec = {
        **QUESTIONS,
        "public": public,
        "file": brought.file,
        "format": brought.format,
        "fingerprint": brought.data.digest,
        "missing": list(guess.missing),
        **({"key": [guess.key]} if guess.key else {}),
        "target": guess.outcome.entry,
        "split": guess.split,
        "columns": {item.name: item.entry for item in guess.columns if item.entry},
        "dropped": {item.name: item.dropped for item in guess.columns if item.dropped},
    }
    document = {"apiVersion": API_VERSION, "kind": "Dataset", "metadata": {"name": name}, "spec": spec}
    text = HEAD.format(name=name) + commented(strict_yaml.dumps(document).decode(), COMMENTS)
    return text.encode()
