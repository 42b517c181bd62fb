"""A personal link as a QR code, for the staff page from which it is printed."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(url: str, scale: int = 4) -> SafeString:
    """``url`` as an SVG element to put into a page: black on white, quiet zone included.

    Error correction Q: a print that was folded and rained on can still be read.
    """
    code = segno.make_qr(url, error="q")
    svg: str = code.svg_inline(scale=scale, border=4, dark="#000", light="#fff", omitsize=False)
    return mark_safe(svg)
