"""What main says of a run: its rules and trust, where its log stands, and the model that serves.

The proposal brings its spec, description and data; everything else that a run starts from is main's.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import layout_digest
from counterseal.documents.spec import ModelSpec
from counterseal.values.digest import sha256
from counterseal.verification import rulebook, trustline
from counterseal.verification.champion import champion
from counterseal.verification.evidence import Judge
from counterseal.verification.judgement import tier_of
from counterseal.verification.tree import Tree
from pipelines.step import Inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from counterseal.documents.rules import Code
    from counterseal.documents.trust import Trust
    from counterseal.verification.log import Log
    from pipelines.data.material import Material
    from scripts.repository.repository import Repository

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Base:
    """What main says of a run: its rules and trust, and where its log stands."""

    main: Tree
    book: rulebook.RuleBook
    trust: Trust
    log: Log | None

    @classmethod
    def of(cls, repository: Repository, now: datetime) -> Base:
        """Read main as it is; a repository without a log promotes nothing, so nothing is replaced."""
        main = Tree(repository.git, repository.main)
        log = repository.log(now)[0] if repository.has_log else None
        return cls(main, rulebook.load(main), repository.trust, log)

    @property
    def code(self) -> Code:
        """The code whose evidence counts first."""
        return self.book.rules.spec.code[0]

    def judge(self, model: str) -> Judge:
        """Return by what a model's proof is checked."""
        serving = sha256(self.champion(model))
        return Judge(self.trust, self.book.pipeline, self.book.tier, self.replaces(model), serving)

    def replaces(self, model: str) -> int:
        """Return the number that a promotion of the model would replace."""
        return self.log.replaces(model) if self.log else 0

    def champion(self, model: str) -> bytes:
        """Return the model.json that serves; empty if nothing does."""
        return champion(self.main.git, self.log, model, self.replaces(model)) if self.log else b""

    def inputs(
        self,
        model: str,
        read: Callable[[str], bytes],
        data: Callable[[str], Material],
        earlier: Mapping[str, bytes] = _NOTHING,
    ) -> Inputs:
        """Return what a run starts from: the proposal's files by ``read`` and ``data``, everything else from main."""
        spec = read(places.spec(model))
        described = ModelSpec.read(spec, places.spec(model)).spec
        dataset = read(at := places.dataset(described.dataset))
        return Inputs(
            model=model,
            spec=spec,
            dataset=dataset,
            data=data(places.dataset(described.dataset, Dataset.read(dataset, at).spec.file)),
            lock=self.main.need(places.LOCK),
            advisories=self.main.need(places.ADVISORIES),
            champion=self.champion(model),
            code=self.code,
            layout=layout_digest(trustline.layout_for(self.book.pipeline, self.trust)),
            log_id=self.trust.spec.log_id,
            replaces=self.replaces(model),
            tier=tier_of(self.book.tier, described.facts.model_dump()),
            earlier=earlier,
        )
