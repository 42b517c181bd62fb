"""The forms in which a report leaves, by name."""

from collections.abc import Callable
from typing import Any

from campaigns.report import docx, html, pdf, xlsx
from campaigns.report.build import canonical_json
from campaigns.report.wording import spoken

Render = Callable[[dict[str, Any]], bytes]

FORMATS: dict[str, tuple[str, Render]] = {
    "json": ("application/json", lambda report: canonical_json(report).encode()),
    "html": ("text/html; charset=utf-8", lambda report: html.page(report).encode()),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.workbook),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx.document),
    "pdf": ("application/pdf", lambda report: pdf.converted(docx.document(report))),
}
# The PDF is LibreOffice's: its bytes carry the time of conversion, and it may not be installed.
STABLE_FORMATS = tuple(name for name in FORMATS if name != "pdf")


def offered() -> list[str]:
    """The forms that this machine can make."""
    return [name for name in FORMATS if name != "pdf" or pdf.office()]


def render(report: dict[str, Any], form: str) -> bytes:
    """The report in one of ``FORMATS``; in ``STABLE_FORMATS`` the same report gives the same bytes.

    :raises pdf.NoOffice: for a PDF where LibreOffice is missing or cannot convert.
    """
    with spoken(report["wording"]["texts"]):
        return FORMATS[form][1](report)


def file_name(report: dict[str, Any], form: str) -> str:
    """A name that says what it is: plan, days and, where so, that it is a rehearsal or a draft."""
    number = "".join(mark if mark.isalnum() else "-" for mark in report["plan"]["key"])
    marks = "".join(
        f"-{name}" for name, on in (("dien-tap", report["rehearsal"]), ("du-thao", report["draft"])) if on
    )
    return f"bao-cao-{number}-{report['period']['from']}-{report['period']['to']}{marks}.{form}"
