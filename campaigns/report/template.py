"""The form's texts as staff may change them: which ones, what may stand in them, and their versions."""

import re
from string import Formatter
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.models import ReportTemplate
from campaigns.report.wording import at, defaults, replaced

# Lists are edited as lines. Everything else of the wording names columns, rows and units.
HEAD = ("superior", "place_of_issue", "title", "intro", "intro_free", "extra_bases")
CLOSE = ("recipients", "signer", "signer_name", "annex", "annex_title")
NO_PLACEHOLDER = re.compile(r"^[a-z_]+$")
# Numbers in these have to be the report's own; a document is cited where its number belongs, in the bases.
DRAFTED = ("sentences", "pieces")
LIST_LINES, LONGEST = 30, 1500


def sections() -> dict[str, list[str]]:
    """The editable paths, by the part of the document that they stand in."""
    texts = defaults()
    return {
        "head": list(HEAD),
        "headings": [f"headings.{key}" for key in texts["headings"]],
        "sentences": [f"sentences.{key}" for key in texts["sentences"]],
        "pieces": [f"pieces.{key}" for key in texts["pieces"]],
        "close": list(CLOSE),
    }


def editable() -> list[str]:
    return [path for paths in sections().values() for path in paths]


def placeholders(text: str) -> set[str]:
    """The names in braces.

    :raises ValueError: with what is wrong, where the braces do not fit or ask for more than a name.
    """
    names: set[str] = set()
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ValueError(_("A brace { or } stands alone. Write {name}, or leave braces out.")) from None
    for _literal, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or not NO_PLACEHOLDER.match(name):
            shown = "{" + name + "}"
            raise ValueError(_("%(name)s is no placeholder that may stand here.") % {"name": shown})
        names.add(name)
    return names


def faults_of(path: str, text: Any) -> list[str]:
    """What is wrong with ``text`` at ``path``, in words for the writer; empty when it may be kept."""
    lines = text if isinstance(text, list) else [text]
    if len(lines) > LIST_LINES or any(len(line) > LONGEST for line in lines):
        return [_("This text is too long.")]
    default = at(defaults(), path)
    if not isinstance(default, list) and not str(text).strip() and path not in ("superior", "signer_name"):
        return [_("This text cannot be empty.")]
    try:
        found = {name for line in lines for name in placeholders(line)}
        allowed = {name for line in ([default] if isinstance(default, str) else default) for name in placeholders(line)}
    except ValueError as error:
        return [str(error)]
    missing, unknown = (", ".join(f"{{{n}}}" for n in sorted(s)) for s in (allowed - found, found - allowed))
    faults = [_("These placeholders are missing: %(names)s") % {"names": missing}] if missing else []
    if unknown:
        faults.append(_("These placeholders are unknown: %(names)s") % {"names": unknown})
    if path.startswith(DRAFTED) and any(re.search(r"\d", literal) for literal, *_rest in Formatter().parse(str(text))):
        faults.append(_("Write no number by hand here: figures come through placeholders, from the tables."))
    return faults


def current() -> ReportTemplate | None:
    """The newest version; None where staff changed nothing yet."""
    return ReportTemplate.objects.order_by("-number").first()


def current_wording() -> dict[str, Any]:
    """``{"version": number, "texts": all texts}`` of the version that counts, 0 for Loa's own."""
    newest = current()
    if newest is None:
        return {"version": 0, "texts": defaults()}
    # A later release may have other placeholders: what no longer fits gives way to Loa's own text.
    fitting = {path: text for path, text in newest.texts.items() if path in editable() and not faults_of(path, text)}
    return {"version": newest.number, "texts": replaced(fitting)}


@transaction.atomic
def keep(*, texts: dict[str, Any], why: str, by: Any, based_on: int) -> ReportTemplate:
    """Store a version. Only what differs from Loa's own texts is kept.

    :param based_on: the version that was open in the editor (0 for Loa's own).
    :raises ValueError: when a text has a fault, or somebody stored another version meanwhile.
    """
    newest = ReportTemplate.objects.aggregate(newest=Max("number"))["newest"] or 0
    if newest != based_on:
        said = _("Somebody stored version %(number)s meanwhile. Look at it, then write again.")
        raise ValueError(said % {"number": newest})
    changed = {path: text for path, text in texts.items() if text != at(defaults(), path)}
    for path, text in changed.items():
        if path not in editable():
            raise ValueError(path)
        for fault in faults_of(path, text):
            raise ValueError(f"{path}: {fault}")
    return ReportTemplate.objects.create(number=newest + 1, texts=changed, why=why, created_by=by)
