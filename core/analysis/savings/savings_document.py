"""The savings as one JSON document: every number that the page and the report show."""

from dataclasses import asdict
from typing import Any

from core.analysis.savings.caveats import caveats
from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings, Told
from core.analysis.savings.terms import Payment, price_on
from core.analysis.savings.words import headline
from core.results.statistics import Interval


def savings_document(savings: Savings) -> dict[str, Any]:
    """In plain JSON values; what is not known is null, and so is a saving that may be chance."""
    terms, quality = savings.terms, savings.quality
    is_told = savings.told not in (Told.UNDECIDED, Told.NO_INTERVAL)
    return {
        "told": str(savings.told),
        "headline": headline(savings).sentence,
        "requests_per_month": terms.requests,
        "paid": str(terms.paid),
        "utilisation": terms.utilisation,
        "usd_saved_per_month": savings.chosen.usd if savings.chosen and is_told else None,
        "saving": _savings(savings),
        "refused": list(savings.refused),
        "measured_in_turns": savings.in_turns,
        "requests_in_the_same_time": asdict(savings.speed) if savings.speed else None,
        "perplexity_ratio": quality.ratio if quality else None,
        "quality": quality.sentence if quality else None,
        "a_machine_less_from_requests": savings.first_machine_less,
        "from": _month(savings.today, savings),
        "to": _month(savings.then, savings) if savings.then else None,
        "cautions": list(savings.cautions),
        "caveats": list(caveats(savings)),
    }


def _savings(savings: Savings) -> dict[str, Any] | None:
    if savings.saving is None:
        return None
    return {
        str(paid): {"usd_per_month": found.usd, "interval": _ends(found.interval)}
        for paid, found in savings.saving.items()
    }


def _month(month: Month, savings: Savings) -> dict[str, Any]:
    price, bill = price_on(savings.terms, month.run), month.bill
    return {
        "run_id": month.run.run_id,
        "trust": str(month.run.trust.grade),
        "batch_size": month.run.spec.workload.batch_size,
        "e2e_s": month.e2e_s,
        "e2e_interval_s": _ends(month.interval_s),
        "price": asdict(price) if price else None,
        "hours_per_month": bill.hours if bill else None,
        "machines": bill.machines if bill else None,
        "usd_per_month": {str(paid): bill.usd(paid) for paid in Payment} if bill else None,
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
