"""The audit of packages: a known vulnerability fails, and no answer is not a good one."""

from datetime import date
from typing import Any

import pytest

from locks import audit
from locks.audit import FINE, LOCKS, NOT_ASKED, VULNERABLE, Accepted, accepted_of, verdict_of

TODAY = date(2026, 6, 1)
GOOD: dict[str, Any] = {"name": "numpy", "version": "2.4.6", "vulns": []}
BAD: dict[str, Any] = {
    "name": "jinja2",
    "version": "3.1.6",
    "vulns": [{"id": "PYSEC-2026-9", "aliases": ["CVE-2026-1"], "fix_versions": ["3.1.7"]}],
}
SKIPPED = {"name": "torch", "skip_reason": "Dependency not found and could not be audited"}


def accepted(until: date, **changes: str) -> list[Accepted]:
    values = {"id": "CVE-2026-1", "package": "jinja2", "reason": "only own templates", **changes}
    return [Accepted(**values, until=until)]


def report(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": [*rows], "fixes": []}


def test_packages_without_a_known_vulnerability_pass() -> None:
    assert verdict_of(report(GOOD), [], TODAY).status == FINE


def test_a_known_vulnerability_fails_with_what_mends_it() -> None:
    verdict = verdict_of(report(GOOD, BAD), [], TODAY)
    assert verdict.status == VULNERABLE
    assert "jinja2 3.1.6: PYSEC-2026-9 (mended in 3.1.7)" in verdict.lines


def test_one_that_is_accepted_passes_until_its_day() -> None:
    assert verdict_of(report(BAD), accepted(TODAY), TODAY).status == FINE
    late = verdict_of(report(BAD), accepted(date(2026, 5, 31)), TODAY)
    assert late.status == VULNERABLE
    assert "no longer accepted" in late.lines[0]


@pytest.mark.parametrize("changes", [{"id": "CVE-2026-2"}, {"package": "numpy"}])
def test_what_is_accepted_holds_for_one_vulnerability_of_one_package(
    changes: dict[str, str],
) -> None:
    assert verdict_of(report(BAD), accepted(TODAY, **changes), TODAY).status == VULNERABLE


@pytest.mark.parametrize("found", [None, report(), report(SKIPPED), report(GOOD, SKIPPED)])
def test_no_answer_is_not_a_good_one(found: dict[str, Any] | None) -> None:
    verdict = verdict_of(found, [], TODAY)
    assert verdict.status == NOT_ASKED
    assert "NOT AUDITED" in "\n".join(verdict.lines)


def test_a_vulnerability_fails_even_where_others_were_not_asked_about() -> None:
    assert verdict_of(report(BAD, SKIPPED), [], TODAY).status == VULNERABLE


def test_ci_passes_without_the_service_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "_report", lambda _: report(SKIPPED))
    assert audit.main([]) == NOT_ASKED
    assert audit.main(["--where-reachable"]) == FINE
    assert capsys.readouterr().err.count("NOT AUDITED") == 2
    monkeypatch.setattr(audit, "_report", lambda _: report(BAD))
    assert audit.main(["--where-reachable"]) == VULNERABLE


def test_what_is_accepted_has_a_reason_and_a_day() -> None:
    for one in accepted_of((LOCKS / "accepted.toml").read_text(encoding="utf-8")):
        assert one.reason.strip()
        assert isinstance(one.until, date)
    with pytest.raises(TypeError):
        accepted_of('[[accepted]]\nid = "PYSEC-2026-1"\n')
