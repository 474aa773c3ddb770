"""What became of an imported file, in sentences."""

from core.results.csv.header import listed
from core.results.csv.importing import ImportReport


def outcome_in_words(report: ImportReport) -> str:
    """So many rows were imported, were here already, or are bad."""
    if not report.rows:
        return "The file has a header and no rows."
    parts = [f"{_counted(report.imported)} imported"]
    if report.restored:
        parts.append(f"{_counted(report.restored)} here but deleted, and shown again")
    if report.already_here:
        parts.append(f"{_counted(report.already_here)} in the history already")
    bad = report.bad_rows
    told = f"{bad:,} row{'' if bad == 1 else 's'} left out" if bad else "no row left out"
    return f"{'; '.join(parts)}; {told}."


def notes_of(report: ImportReport) -> list[str]:
    """What else is to be known of the file."""
    notes = []
    if report.unknown:
        notes.append(
            f"Columns that this program does not know were passed over: {listed(report.unknown)}."
        )
    if report.missing:
        notes.append(
            f"Columns that the file lacks were derived from the records: {listed(report.missing)}."
        )
    if report.bad_rows > len(report.bad):
        notes.append(f"Only the first {len(report.bad):,} bad rows are named.")
    return notes


def _counted(count: int) -> str:
    return f"{count:,} run{' was' if count == 1 else 's were'}"
