"""A portrait card against Pillow's bare decode, resize and encode of the same photo.

Run as `python -m tests.bench.bench_poster`. A ratio within one run: the same photo, the same output size and
JPEG settings, alternating, medians of five rounds; no times are asserted. The baseline decodes and resizes
in the quickest way Pillow has (JPEG draft mode), and to the whole card. No text is set twice. Exit 1
below the design's figure.
"""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter

import django
from PIL import Image, ImageFilter, ImageOps

ROUNDS, CARDS, FIGURE = 5, 12, 0.75
SIZE = (1080, 1350)


def photo(width: int = 3000, height: int = 2000) -> bytes:
    """A picture with as much detail as a photo has: noise in three scales, as a camera's JPEG."""
    image = Image.new("RGB", (width, height))
    for scale in (64, 8, 2):
        channels = [Image.effect_noise((width // scale, height // scale), 90) for _ in range(3)]
        layer = Image.merge("RGB", channels).resize((width, height), Image.Resampling.BICUBIC)
        image = Image.blend(image, layer.filter(ImageFilter.GaussianBlur(1)), 0.5)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def bare(data: bytes) -> bytes:
    """What any picture of this size costs."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", SIZE)
        fitted = ImageOps.fit(picture.convert("RGB"), SIZE, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    fitted.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def ratio(data: bytes) -> float:
    """How much of the bare library's speed is left with layout, text, ornament and QR code."""
    from media.posters import PosterSpec, render

    card = PosterSpec(
        form="portrait",
        layout="photo",
        title="Việc nhẹ, lương cao ở nước ngoài",
        lines=("Không đi theo người lạ.", "Không đưa căn cước công dân cho người khác giữ."),
        call="Nghi ngờ? Gọi ngay, miễn phí, ngày đêm.",
        hotlines=(("111", "Tổng đài quốc gia bảo vệ trẻ em, phòng chống mua bán người"), ("113", "Công an")),
        organiser="Ủy ban nhân dân xã Mẫu Sơn",
        photo=data,
        photo_alt="Ruộng bậc thang",
    )
    rounds = []
    for turn in range(ROUNDS + 1):
        cards = [
            replace(
                card,
                title=f"{card.title}: đợt {turn * CARDS + i}",
                lines=(f"Nhắc lần {turn * CARDS + i}: {card.lines[0]}", card.lines[1]),
                qr_url=f"https://loa.example.vn/t/{turn * CARDS + i}",
                qr_caption="Quét để đọc thêm",
            )
            for i in range(CARDS)
        ]

        def ours(cards: list[PosterSpec] = cards) -> None:
            for one in cards:
                render(one)

        def library() -> None:
            for _ in range(CARDS):
                bare(data)

        pair = (timed(library), timed(ours)) if turn % 2 else (timed(ours), timed(library))[::-1]
        if turn:  # the first round warms both
            rounds.append(pair)
    library_time, our_time = (median(times) for times in zip(*rounds, strict=True))
    print(f"poster: bare Pillow {library_time / CARDS * 1e3:.1f} ms, ours {our_time / CARDS * 1e3:.1f} ms")
    return library_time / our_time


def main() -> int:
    """Print the ratio; 1 if it misses its figure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    django.setup()
    found = ratio(photo())
    print(f"poster {found:.2f} of bare Pillow (at least {FIGURE})")
    return 0 if found >= FIGURE else 1


if __name__ == "__main__":
    sys.exit(main())
