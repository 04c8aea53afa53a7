"""The card's figures as SVG: the same numbers, the same bytes.

* Drawn from the evaluate Statement and the baseline alone, so that they show no record and cannot disagree with them.
* No date, no random ids, texts as text in a bundled font, the library's own defaults instead of the user's.

``figures`` says which there are; ``quality``, ``scores``, ``groups``, ``effects`` and ``baseline`` draw one each, in
the ``style`` of all.
"""
