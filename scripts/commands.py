"""The table of commands: what a person can type, in which panel it is shown, and which module answers.

A command is a function: it takes its options, prints, and returns an exit code. Its module is called as it is, and lies
in the folder of its group. The table repeats the first line of its documentation, so that ``counterseal --help``
imports none of them; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PANELS = ("propose", "review", "operate", "audit", "set up")


@dataclass(frozen=True)
class Command:
    """One line of the table; an empty panel hides the command, a name of two words belongs to a group."""

    name: str
    panel: str
    says: str
    module: str = ""

    @property
    def function(self) -> str:
        """The function's name."""
        return self.name.replace(" ", "_")

    @property
    def path(self) -> str:
        """The module's name: a group is a folder, unless the table says otherwise."""
        return f"scripts.{self.module or self.name.replace(' ', '.')}"

    def load(self) -> Callable[..., int]:
        """Import the module and return the function."""
        function: Callable[..., int] = getattr(import_module(self.path), self.function)
        return function


COMMANDS = (
    Command("dataset new", "propose", "Guess a dataset.yaml from a CSV or Parquet file, for you to correct."),
    Command("model new", "propose", "Write the spec of a first model of a dataset, for you to complete."),
    Command("run", "propose", "Run the pipeline on this proposal and sign what was found, as CI does."),
    Command("propose", "propose", "Put a model's spec and dataset on a branch of its own, signed, and push it."),
    Command("check", "propose", "Judge a proposal as CI and the gate would, and say whether it may merge."),
    Command("status", "review", "Say what a proposal still lacks, and who must act."),
    Command("approve", "review", "Read the evidence, then countersign it with your SSH key."),
    Command("merge", "review", "Merge a proposal into main on a local forge, whose gate judges it."),
    Command("serve", "operate", "Follow the log, admit what it promotes, and answer predictions over HTTP."),
    Command("history", "operate", "List what was promoted, by whose approval, and when."),
    Command("rollback", "operate", "Propose to take a promotion back: the revert, as a proposal."),
    Command("verify", "audit", "Prove that what stands in the repository was rightly promoted."),
    Command("policy test", "audit", "Run every policy on its own samples, and show what they leave untested."),
    Command("export", "audit", "Write what in-toto, Sigstore, OpenSSF Model Signing and OpenSSH check by themselves."),
    Command("init", "set up", "Start a repository of your own: fresh trust, keys, log and, if wanted, forge."),
    Command(
        "sandbox",
        "set up",
        "Found a folder to try everything in, as everybody in turn; it counts nowhere else.",
    ),
    Command("demo", "set up", "Live a model's whole life in a scratch folder, and tell it as a story."),
    Command("trust add", "set up", "Propose a person, or another key or role for one; the root people sign it."),
    Command("trust rotate", "set up", "Propose a new key for a person or a machine; the root people sign it."),
    Command("trust retire", "set up", "Propose that a person leaves, or that a key ends; what it signed stands."),
    Command("trust revoke", "set up", "Propose to take trust back: a stolen key, bogus records, bad promotions."),
    Command("trust sign", "set up", "See what a trust version changes, then sign it as a root person."),
    Command("trust show", "set up", "Show who is trusted with what, and by whose signatures."),
    Command("record", "", "Record every admitted merge that has no record yet, as the promoter."),
    Command("gate", "", "Judge a push before it lands, as a repository's pre-receive hook.", "forge.gate"),
)
