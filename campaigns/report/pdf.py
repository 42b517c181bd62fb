"""The DOCX as PDF, converted by LibreOffice where it is installed: one layout, not two."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

SECONDS = 120


class NoOffice(Exception):
    """LibreOffice is missing or did not convert; the message says what to do."""


def office() -> str | None:
    """The path of LibreOffice's program, None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def converted(document: bytes) -> bytes:
    """Return ``document`` (a DOCX) as PDF.

    :raises NoOffice: with the cure.
    """
    program = office()
    if program is None:
        raise NoOffice(_("A PDF needs LibreOffice on this machine. Install it, or take the DOCX."))
    with tempfile.TemporaryDirectory(prefix="loa-report-") as folder:
        # A profile of its own: LibreOffice refuses to run twice on one.
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        source = Path(folder, "report.docx")
        source.write_bytes(document)
        command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            return source.with_suffix(".pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise NoOffice(_("LibreOffice could not make the PDF. Take the DOCX.")) from error
