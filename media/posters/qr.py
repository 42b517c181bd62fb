"""The QR code of a poster: whole pixels for each module and its own quiet zone."""

import io
from functools import lru_cache

import segno
from django.utils.translation import gettext
from PIL import Image

from .spec import PosterError

QUIET = 4  # modules of quiet zone on each side, ISO/IEC 18004


@lru_cache(maxsize=256)
def qr_tile(url: str, side: int, least_module: int) -> Image.Image:
    """A white square of at most `side` pixels with the code of `url`, quiet zone included.

    Raises PosterError "qr" where a module would be smaller than `least_module` pixels.
    """
    symbol = segno.make_qr(url, error="m")
    modules = len(symbol.matrix) + 2 * QUIET
    module = side // modules
    if module < least_module:
        raise PosterError("qr", gettext("The address for the QR code is too long for this poster. Use a short link."))
    plain = io.BytesIO()
    symbol.save(plain, kind="png", scale=1, border=QUIET)
    return Image.open(plain).convert("L").resize((modules * module,) * 2, Image.Resampling.NEAREST)
