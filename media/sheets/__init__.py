"""Read-aloud sheets for loudspeaker stations: PDF, Word, many in one file, a zip for a USB stick."""

from media.sheets.bundle import render_zip
from media.sheets.pdf import render_many_pdf, render_pdf
from media.sheets.spec import Priority, SheetSpec, make_script
from media.sheets.word import render_docx

__all__ = ["Priority", "SheetSpec", "make_script", "render_docx", "render_many_pdf", "render_pdf", "render_zip"]
