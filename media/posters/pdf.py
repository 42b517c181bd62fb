"""A PDF of one picture in true size, with the boxes a print shop looks for (ISO 32000-1, 14.11.2)."""

import io

from PIL import Image

from .spec import Form


def image_pdf(image: Image.Image, form: Form, *, title: str, language: str) -> bytes:
    """The picture as a page: MediaBox and BleedBox its whole, TrimBox without the bleed."""
    points = 72 / form.dpi
    width, height = (side * points for side in image.size)
    bleed = form.bleed * points
    picture = io.BytesIO()
    image.save(picture, "JPEG", quality=94, subsampling=0)
    content = f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im0 Do Q".encode()
    whole = f"[0 0 {width:.3f} {height:.3f}]"
    trim = f"[{bleed:.3f} {bleed:.3f} {width - bleed:.3f} {height - bleed:.3f}]"
    objects: list[str | bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R /Lang {_text(language)} /ViewerPreferences << /DisplayDocTitle true >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {whole} /BleedBox {whole} /TrimBox {trim} "
        "/Resources << /XObject << /Im0 4 0 R >> >> /Contents 5 0 R >>",
        _stream(
            f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} "
            "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
            picture.getvalue(),
        ),
        _stream("", content),
        f"<< /Title {_text(title)} >>",
    ]
    return _file(objects)


def _text(value: str) -> str:
    return f"<FEFF{value.encode('utf-16-be').hex().upper()}>"


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: list[str | bytes]) -> bytes:
    out = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + (body.encode() if isinstance(body, str) else body) + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
