"""Whom a dashboard that asks for login admits."""

import pytest

from pages.widgets.login.admission import Admission, read_admission, refusal

ANA = {"email": "Ana@Lab.example", "email_verified": True}
RULE = Admission(emails=["ana@lab.example"], domains=["team.example"])


def test_without_a_rule_every_account_is_admitted() -> None:
    assert read_admission({"auth": {}}) is None
    assert refusal({"sub": "1"}, None) is None


@pytest.mark.parametrize("email", ["ana@lab.example", "ANA@LAB.EXAMPLE", "x@team.example"])
def test_an_address_or_its_domain_is_admitted_however_it_is_written(email: str) -> None:
    assert refusal({"email": email, "email_verified": True}, RULE) is None


@pytest.mark.parametrize(
    "email",
    [
        "bob@lab.example",
        "x@sub.team.example",
        "x@team.example.evil.example",
        "x@notteam.example",
        "team.example@evil.example",
        "ana@lab.example@evil.example",
    ],
)
def test_an_address_that_only_looks_alike_is_not(email: str) -> None:
    assert "not on the list" in str(refusal({"email": email, "email_verified": True}, RULE))


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_that_nobody_verified_is_not(verified: object) -> None:
    account = {**ANA, "email_verified": verified}
    assert "verified" in str(refusal(account, RULE))
    lax = Admission(emails=["ana@lab.example"], unverified=True)
    assert refusal(account, lax) is None


@pytest.mark.parametrize("email", [None, "", "ana", "@team.example", ["ana@lab.example"]])
def test_an_account_without_an_address_is_not(email: object) -> None:
    assert "which e-mail address" in str(refusal({"email": email}, RULE))


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({}, "neither emails nor domains"),
        ({"email": ["a@b.example"]}, "email: Extra inputs"),
        ({"emails": "a@b.example"}, "emails: Input should be a valid list"),
        ({"emails": ["b.example"]}, "no e-mail address"),
        ({"domains": ["@b.example"]}, "no domain such as"),
        ({"domains": ["*.b.example"]}, "no domain such as"),
        ({"domains": ["b.example"], "unverified": "yes"}, "unverified: Input should"),
        ("everybody", "valid dictionary"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused(section: object, words: str) -> None:
    with pytest.raises(ValueError, match=r"secrets.toml, section \[admission\]") as caught:
        read_admission({"admission": section})
    assert words in str(caught.value)
