"""Whom a dashboard that asks for login admits: the section `[admission]` of secrets.toml.

Pure rules on what the OpenID Connect provider says of an account; knows nothing of Streamlit.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

SECTION = "admission"


class Admission(BaseModel):
    """Accounts that are admitted: by address, or by all that stands behind the @."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    emails: list[str] = []
    domains: list[str] = []
    # Some providers never say whether an address belongs to the person; then this must be True.
    unverified: bool = False

    @field_validator("emails")
    @classmethod
    def _addresses(cls, emails: list[str]) -> list[str]:
        for email in emails:
            if not all(email.strip().partition("@")):
                raise ValueError(f"{email!r} is no e-mail address")
        return [_plain(email) for email in emails]

    @field_validator("domains")
    @classmethod
    def _without_at(cls, domains: list[str]) -> list[str]:
        for domain in domains:
            if not domain.strip() or "@" in domain or "*" in domain:
                raise ValueError(f"{domain!r} is no domain such as 'example.com'")
        return [_plain(domain) for domain in domains]

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.emails or self.domains):
            raise ValueError("it names neither emails nor domains, and so would admit nobody")
        return self


def read_admission(secrets: Mapping[str, object]) -> Admission | None:
    """The rule in these secrets; None where there is none, and every account is admitted.

    Raises ValueError, with what is wrong, where the section cannot be understood.
    """
    if SECTION not in secrets:
        return None
    try:
        return Admission.model_validate(secrets[SECTION])
    except ValidationError as error:
        wrong = "; ".join(_complaint(one["loc"], one["msg"]) for one in error.errors())
        raise ValueError(f"secrets.toml, section [{SECTION}]: {wrong}") from None


def refusal(account: Mapping[str, object], rule: Admission | None) -> str | None:
    """Why this account is not admitted; None where it is."""
    if rule is None:
        return None
    email = account.get("email")
    if not isinstance(email, str) or not all(email.partition("@")):
        return "The login provider did not say which e-mail address this account has."
    verified = account.get("email_verified")
    if not (rule.unverified or verified is True or verified == "true"):
        return "The login provider did not say that this e-mail address is verified."
    if _plain(email) in rule.emails or _plain(email).rpartition("@")[2] in rule.domains:
        return None
    return "This account is not on the list of those that may use this dashboard."


def _plain(text: str) -> str:
    return text.strip().casefold()


def _complaint(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in place)
    return f"{where}: {message}" if where else message
