"""Asks whether a locked package has a known vulnerability, and fails where one has.

`make audit` calls it, with pip-audit in an environment of its own. Exit status 0: all packages were
asked about and none has one that is not accepted in accepted.toml; 1: some has; 3: not all could be
asked about, so that nothing is known of them. `--where-reachable` ends with 0 there too, and says
as loudly that there was no audit: for a CI without a way to the service.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

LOCKS = Path(__file__).resolve().parent
AUDITED = ("program", "torch", "cuda", "dev", "models", "login", "postgres", "tools")
PIP_AUDIT = (
    "-m", "pip_audit", "--format", "json", "--no-deps", "--disable-pip",
    "--progress-spinner", "off",
)  # fmt: skip
FINE, VULNERABLE, NOT_ASKED = 0, 1, 3
SHOWN = 8  # packages that are named where many could not be asked about


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that does no harm here, and until when that is believed."""

    id: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True)
class Verdict:
    """What to say, line by line, and the exit status."""

    lines: tuple[str, ...]
    status: int


def main(arguments: Sequence[str]) -> int:
    """Audit all locks; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--where-reachable", action="store_true", help="no failure without service")
    parser.add_argument("--osv", metavar="URL", help="ask this OSV service, such as a mirror")
    chosen = parser.parse_args(arguments)
    accepted = accepted_of((LOCKS / "accepted.toml").read_text(encoding="utf-8"))
    verdict = verdict_of(_report(chosen.osv), accepted, date.today())
    print("\n".join(verdict.lines), file=sys.stderr)
    if verdict.status == NOT_ASKED and chosen.where_reachable:
        return FINE
    return verdict.status


def accepted_of(text: str) -> tuple[Accepted, ...]:
    """What is accepted; raises TypeError or tomllib.TOMLDecodeError for what is no such list."""
    return tuple(Accepted(**row) for row in tomllib.loads(text).get("accepted", ()))


def verdict_of(
    report: Mapping[str, Any] | None, accepted: Sequence[Accepted], today: date
) -> Verdict:
    """What a report of pip-audit says; None where it made none."""
    rows = [] if report is None else report["dependencies"]
    found = [(row, vuln) for row in rows for vuln in row.get("vulns", ())]
    open_, lines = [], []
    for row, vuln in found:
        known = _accepted(vuln, row["name"], accepted)
        if known is None or known.until < today:
            open_.append(vuln)
        lines.append(_told(row, vuln, known, today))
    skipped = sorted(row["name"] for row in rows if "skip_reason" in row)
    if open_:
        return Verdict((*lines, f"Known vulnerabilities: {len(open_)}."), VULNERABLE)
    if report is None or skipped or not rows:
        return Verdict((*lines, *_not_asked(skipped, len(rows))), NOT_ASKED)
    return Verdict((*lines, f"{len(rows)} packages: no known vulnerability."), FINE)


def _not_asked(skipped: Sequence[str], count: int) -> tuple[str, ...]:
    more = f" and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
    which = ", ".join(skipped[:SHOWN]) + more if skipped else "all packages"
    of = f"{len(skipped)} of {count}" if skipped else "All"
    line = "*" * 72
    return (
        line,
        "NOT AUDITED: the service that knows of vulnerabilities was not reached.",
        f"{of} packages could not be asked about: {which}.",
        "Nothing is known of them. Run `make audit` where the service is in reach.",
        line,
    )


def _accepted(
    vuln: Mapping[str, Any], package: str, accepted: Sequence[Accepted]
) -> Accepted | None:
    ids = {vuln["id"], *vuln.get("aliases", ())}
    return next((one for one in accepted if one.id in ids and one.package == package), None)


def _told(
    row: Mapping[str, Any], vuln: Mapping[str, Any], known: Accepted | None, today: date
) -> str:
    fixed = ", ".join(vuln.get("fix_versions", ())) or "no version"
    what = f"{row['name']} {row['version']}: {vuln['id']} (mended in {fixed})"
    if known is None:
        return what
    late = "no longer accepted, since it was only" if known.until < today else "accepted"
    return f"{what}, {late} until {known.until}: {known.reason}"


def _report(osv: str | None) -> Mapping[str, Any] | None:
    """What pip-audit tells of all locks together; None where it tells nothing."""
    files = [part for name in AUDITED for part in ("-r", str(LOCKS / f"{name}.txt"))]
    service = ["--vulnerability-service", "osv", "--osv-url", osv] if osv else []
    done = subprocess.run(
        [sys.executable, *PIP_AUDIT, *service, *files], capture_output=True, text=True, check=False
    )
    try:
        read: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        print(done.stderr.strip()[-2000:], file=sys.stderr)
        return None
    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
