"""The licence of an installed package as an SPDX expression, or ``unknown``; never a guess without a source.

Sources, the first that speaks plainly counts:

* the field License-Expression (PEP 639), if it is one;
* the field License, if it is an SPDX id or expression;
* the licence classifiers that name one licence (several mean all of them hold);
* phrases of the licence texts that are shipped with the package and occur in that licence only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cyclonedx import spdx

if TYPE_CHECKING:
    from pipelines.lock import Installed

UNKNOWN = "unknown"

#: Trove classifiers that mean one licence; others, as "BSD License", mean several.
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
}
_PREFIX = "License :: OSI Approved :: "

#: All of these phrases, in this order, after white space is made single: the first licence that has them.
_TEXTS = {
    "Apache-2.0": ("Apache License", "Version 2.0, January 2004", "TERMS AND CONDITIONS FOR USE"),
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "endorse or promote products derived"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms", "THIS SOFTWARE IS PROVIDED"),
    "MIT": ("Permission is hereby granted, free of charge", "THE SOFTWARE IS PROVIDED"),
}
_TEXT_FILE = re.compile(r"[^/]+\.dist-info/(.*/)?(LICEN[CS]E|COPYING)[^/]*", re.IGNORECASE)


def of(package: Installed | None) -> str:
    """Return the licence of what is installed."""
    if package is None:
        return UNKNOWN
    fields = (*package.values("License-Expression"), *package.values("License"))
    named = next(filter(None, map(spdx_of, fields)), None)
    return named or _classified(package) or _recognised(package) or UNKNOWN


def is_id(text: str) -> bool:
    """Say whether a text is the id of one licence."""
    return spdx.is_supported_id(text)


def spdx_of(text: str) -> str | None:
    """Return a text as an SPDX id or expression, if it is one."""
    text = text.strip()
    if not text or "\n" in text:
        return None
    return spdx.fixup_id(text) or (text if spdx.is_expression(text) else None)


def _classified(package: Installed) -> str | None:
    named = {text.removeprefix(_PREFIX) for text in package.values("Classifier") if text.startswith(_PREFIX)}
    known = {_CLASSIFIERS[name] for name in named if name in _CLASSIFIERS}
    return " AND ".join(sorted(known)) if known and len(known) == len(named) else None


def _recognised(package: Installed) -> str | None:
    shipped = (path for path in package.distribution.files or () if _TEXT_FILE.fullmatch(str(path)))
    texts = (*package.values("License"), *(path.read_text() or "" for path in shipped))
    for text in (re.sub(r"\s+", " ", text) for text in texts):
        for licence, phrases in _TEXTS.items():
            at = [text.find(phrase) for phrase in phrases]
            if min(at) >= 0 and at == sorted(at):
                return licence
    return None
