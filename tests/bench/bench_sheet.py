"""The read-aloud sheet against the bare engine, and reading aloud against a plain regex pass.

Run as `python -m tests.bench.bench_sheet`. Each figure is a ratio within one run: the same
payload, alternating, medians of five rounds; no times are asserted. Exit 1 below the figures of
the design: sheet ≥ 0.85 × the bare engine with its compiler warm, reading ≤ 10 × a regex pass.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from statistics import median
from time import perf_counter

import typst

from media.fonts import engine_fonts
from media.sheets import SheetSpec, render_pdf
from media.sheets.pdf import TEMPLATE, sheet_data
from media.speech import spoken

ROUNDS = 5
SHEETS = 20
READINGS = 40
SHEET_FIGURE, READING_FIGURE = 0.85, 10.0
BODY = (
    "Thời gian qua ở vùng biên giới có kẻ lên mạng mời “việc nhẹ, lương cao” 30 triệu đồng/tháng ở nước ngoài. "
    "Nhiều người tin theo đã bị lừa, bị giữ giấy tờ, bị ép làm việc.\n"
    "UBND xã, Công an xã và Đồn BĐBP nhắc bà con: không đi theo người lạ; không đưa CCCD cho người khác giữ; "
    "trước khi đi phải báo cho gia đình và trưởng thôn biết. Từ ngày 01/7 đến hết ngày 30/9/2026, 19/19 thôn "
    "tổ chức tuyên truyền theo Kế hoạch số 84/KH-UBND. Tối 30/7, lúc 19h30, mời bà con đến nhà văn hóa thôn.\n"
)
SPEC = SheetSpec(
    unit="UBND xã Mẫu Sơn",
    station="Đài truyền thanh xã Mẫu Sơn",
    number="12/BT-ĐTT",
    date=date(2026, 7, 28),
    title="Cảnh giác với lời mời việc nhẹ, lương cao",
    body=BODY * 2,
    programme="Phòng, chống mua bán người",
    slots=(datetime(2026, 7, 29, 5, 5), datetime(2026, 7, 29, 17, 15)),
    hotlines=(("111", "Tổng đài quốc gia"), ("113", "Công an")),
    editor="Nguyễn Thị Mẫu",
    approver="Trần Văn Thử",
    qr_url="https://loa.example.vn/tram/mau-son",
)


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def sheet_ratio() -> float:
    """How much of the bare engine's speed is left.

    No text is set twice: typst keeps what it has laid out, for every compiler of the process.
    """
    bare = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=engine_fonts())
    rounds: list[tuple[float, float]] = []
    for turn in range(ROUNDS + 1):
        engine_sum = our_sum = 0.0
        for index in range(turn * SHEETS, (turn + 1) * SHEETS):
            payload = json.dumps([sheet_data(variant(2 * index))], ensure_ascii=False)
            spec = variant(2 * index + 1)
            engine = partial(bare.compile, format="pdf", sys_inputs={"sheets": payload}, pdf_standards="a-2b")
            ours = partial(render_pdf, spec)
            if index % 2:  # by turns, so that a busy machine slows both alike
                engine_sum += timed(engine)
                our_sum += timed(ours)
            else:
                our_sum += timed(ours)
                engine_sum += timed(engine)
        if turn:  # the first round warms both
            rounds.append((engine_sum, our_sum))
    engine_time, our_time = (median(times) for times in zip(*rounds, strict=True))
    print(f"sheet: bare engine {engine_time / SHEETS * 1e3:.1f} ms, ours {our_time / SHEETS * 1e3:.1f} ms")
    return engine_time / our_time


def variant(index: int) -> SheetSpec:
    """The same sheet with other words in every paragraph."""
    body = "".join(f"Ý {index}: {line}\n" for line in (BODY * 2).splitlines())
    return replace(SPEC, number=f"{index}/BT-ĐTT", body=body)


def reading_ratio() -> float:
    """How many times a regex pass over the words of a text reading it takes."""
    text = BODY * 10
    rounds = []
    for _ in range(ROUNDS + 1):
        plain = ours = 0.0
        for _ in range(READINGS):
            plain += timed(lambda: re.sub(r"\w+", lambda word: word[0], text))
            ours += timed(lambda: spoken(text))
        rounds.append((plain / READINGS * 1e3, ours / READINGS * 1e3))
    plain_time, our_time = (median(times) for times in zip(*rounds[1:], strict=True))
    print(f"reading {len(text)} characters: regex pass {plain_time:.2f} ms, ours {our_time:.2f} ms")
    return our_time / plain_time


def main() -> int:
    """Print both ratios; 1 if one misses its figure."""
    sheet, reading = sheet_ratio(), reading_ratio()
    print(f"sheet {sheet:.2f} of the bare engine (at least {SHEET_FIGURE})")
    print(f"reading {reading:.2f} times a regex pass (at most {READING_FIGURE})")
    return 0 if sheet >= SHEET_FIGURE and reading <= READING_FIGURE else 1


if __name__ == "__main__":
    sys.exit(main())
