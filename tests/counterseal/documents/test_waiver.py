from datetime import UTC, datetime, timedelta

import pytest

from counterseal.documents.waiver import MAX_DAYS, Waiver, waived
from counterseal.values.finding import Refused

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = """\
apiVersion: counterseal/v1
kind: Waiver
metadata:
  name: credit-ecdsa
spec:
  rule: vulnerability/known
  model: german-credit
  found: pkg:pypi/ecdsa@0.19.2 PYSEC-2026-1325
  reason: Only signatures are verified with it, and those are not affected.
  owner: olga
  issued: 2026-11-01T00:00:00Z
  expires: 2026-12-01T00:00:00Z
"""
FOUND = "pkg:pypi/ecdsa@0.19.2 PYSEC-2026-1325"


def read(text: str = TEXT) -> Waiver:
    return Waiver.read(text.encode(), "policies/waivers/credit-ecdsa.yaml")


def test_a_waiver_round_trips() -> None:
    assert read(read().write().decode()) == read()
    assert read().write().decode() == TEXT


def test_it_covers_one_finding_of_one_rule_of_one_model() -> None:
    cover = [read()]
    assert waived("vulnerability/known", FOUND, cover, "german-credit", NOW) == read()
    assert waived("vulnerability/unknown", FOUND, cover, "german-credit", NOW) is None
    assert waived("vulnerability/known", f"{FOUND}; another", cover, "german-credit", NOW) is None
    assert waived("vulnerability/known", FOUND, cover, "other-credit", NOW) is None
    assert waived("vulnerability/known", FOUND, [], "german-credit", NOW) is None


def test_it_counts_from_its_issue_until_it_expires() -> None:
    issued, expires = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert [bool(read().inert(now)) for now in (issued - second, issued, expires - second, expires)] == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expires: 2026-12-01", "expires: 2026-11-01"),
        ("expires: 2026-12-01", "expires: 2027-12-01"),
        ("  owner: olga\n", ""),
        ("  expires: 2026-12-01T00:00:00Z\n", ""),
        (f"  found: {FOUND}\n", ""),
        ("rule: vulnerability/known", "rule: vulnerability"),
        ("rule: vulnerability/known", "rule: vulnerability/*"),
        ("model: german-credit", "model: '*'"),
        ("reason: Only", "everything: true\n  reason: Only"),
    ],
)
def test_a_waiver_that_is_too_broad_or_not_whole_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(Refused):
        read(TEXT.replace(old, new))


def test_it_lasts_half_a_year_at_most() -> None:
    spec = read().spec
    longest = spec.issued + timedelta(days=MAX_DAYS)
    assert type(spec)(**{**dict(spec), "expires": longest}).expires == longest
    with pytest.raises(ValueError, match="180 days at most"):
        type(spec)(**{**dict(spec), "expires": longest + timedelta(seconds=1)})
