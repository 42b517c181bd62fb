"""Posters and cards: a plain spec in, a picture or a PDF out. No campaign and no channel is known here."""

from .batch import Batch, first_that_fits, kept_file, render_batch, render_to
from .rendering import Rendered, compose, render, render_pdf
from .spec import DRAFT, FORMS, LAYOUTS, MARKS, SAMPLE, PosterError, PosterSpec, TextTooLong, alt_text, cache_key
from .themes import COLOURS

__all__ = [
    "COLOURS",
    "DRAFT",
    "FORMS",
    "LAYOUTS",
    "MARKS",
    "SAMPLE",
    "Batch",
    "PosterError",
    "PosterSpec",
    "Rendered",
    "TextTooLong",
    "alt_text",
    "cache_key",
    "compose",
    "first_that_fits",
    "kept_file",
    "render",
    "render_batch",
    "render_pdf",
    "render_to",
]
