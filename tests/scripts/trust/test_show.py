from __future__ import annotations

from tests.support.trust import Office, rows


def test_trust_show_tells_people_quorums_and_machines(office: Office) -> None:
    value = office.tells("olga", "show")
    assert value["headline"] == "trust version 1, signed by rita, rolf"
    people = {row["person"]: row["roles"] for row in value["tables"]["people"]}
    assert (people["alice"], people["rita"], people["dana"]) == ("owner", "root", "")
    assert {row["for"] for row in value["tables"]["quorums"]} == {"low", "medium", "high", "rules", "code", "waivers"}
    assert [row["role"] for row in value["tables"]["machines"]] == ["ci", "layout", "promoter"]
    assert "every root person is needed" in " ".join(value["notes"])
    assert "taken back" not in value["tables"]
    assert "TRUST_VERSION" in office.refuses("olga", "show", "2")


def test_it_tells_what_each_version_changed_who_signed_it_and_what_was_taken_back(busy: Office) -> None:
    stolen, gone = busy.id_of("alice"), busy.id_of("dora")
    busy.tells("rita", "revoke", "alice", "--since", "1", "--withdraw", "1")
    busy.lands(2, "rolf")
    busy.tells("rolf", "retire", "dora")
    busy.lands(3, "rita")
    value = busy.tells("olga", "show")
    versions = rows(value, "versions")
    assert versions[0] == ["1", "rita, rolf", "the beginning"]
    assert f"compromised {stolen}" in versions[1][2]
    assert "withdrawn promotion 1" in versions[1][2]
    assert versions[2][2] == f"retired {gone}, person dora, keys of dora"
    assert rows(value, "taken back") == [
        ["retired key", gone, "2"],
        ["compromised key", stolen, "1"],
        ["withdrawn", "promotion 1", "1"],
    ]
    assert len(rows(busy.tells("olga", "show", "1"), "versions")) == 1
