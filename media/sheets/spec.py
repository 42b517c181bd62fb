"""What a read-aloud sheet is made from, and the script a reader follows, made from that.

The wording here is Vietnamese on purpose: a sheet is a Vietnamese document, whatever the language
of the staff screen it is ordered from.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from media.speech.breaths import LONGEST, sentences
from media.speech.numbers import digits
from media.speech.reading import SYLLABLES_PER_MINUTE, seconds, spoken
from media.speech.syllables import count_syllables
from media.speech.tidying import tidy, tidy_spaces

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
REHEARSAL_MARK = "DIỄN TẬP – KHÔNG PHÁT"
SAMPLE_MARK = "BẢN MẪU"


class Priority(StrEnum):
    """The three priorities of grassroots broadcasts (Circular 39/2020/TT-BTTTT)."""

    NORMAL = "thông thường"
    HIGH = "ưu tiên"
    URGENT = "khẩn cấp"


@dataclass(frozen=True, kw_only=True)
class SheetSpec:
    """One bulletin for one station. Texts are plain (no markup); empty fields are left out of the sheet."""

    unit: str
    """The body that issues the bulletin."""
    station: str
    """The station as it calls itself on air: "Đài truyền thanh xã Bắc Hà"."""
    number: str
    date: date
    title: str
    body: str
    """Paragraphs end with a line break."""
    programme: str = ""
    slots: tuple[datetime, ...] = ()
    """When it is on air; aware times are shown in Vietnam's time, naive ones as they are."""
    language: str = "Tiếng Việt"
    priority: str = Priority.NORMAL
    greeting: str = ""
    hotlines: tuple[tuple[str, str], ...] = ()
    """(number, name) pairs."""
    sign_off: str = ""
    editor: str = ""
    approver: str = ""
    reader_note: str = ""
    """A hint to the reader that is not read out."""
    syllables_per_minute: float = SYLLABLES_PER_MINUTE
    vietnamese: bool = True
    """False: body, greeting and sign-off are in another language, printed as written and never reworded."""
    transcript: bool = False
    """True: the body is a Vietnamese transcript of a recording in `language`; it is not to be read out."""
    rehearsal: bool = False
    sample: bool = False
    qr_url: str | None = None
    """Where the QR code leads: the station's own page."""
    lexicon: tuple[tuple[str, str], ...] = ()
    """Pairs laid over the base lexicon of abbreviations."""

    def __post_init__(self) -> None:
        Priority(self.priority)
        if not self.syllables_per_minute > 0:
            raise ValueError("syllables_per_minute has to be positive")


@dataclass(frozen=True)
class Part:
    """One part of the script: its label for the reader and its sentences, each as breath groups."""

    label: str
    sentences: list[list[str]]
    is_cue: bool = False
    """A direction to the operator (music), not read out."""
    is_hotline: bool = False

    @property
    def lines(self) -> Iterator[str]:
        """Every breath group of the part."""
        for sentence in self.sentences:
            yield from sentence


@dataclass(frozen=True)
class Script:
    """What is said, in order, and how long that takes."""

    parts: list[Part]
    seconds: float

    @property
    def length(self) -> str:
        """The length as words: 2 phút 05 giây."""
        return length_words(self.seconds)


def length_words(length: float) -> str:
    """A length in seconds as "2 phút 05 giây" (rounded to whole seconds)."""
    minutes, rest = divmod(round(length), 60)
    return f"{minutes} phút {rest:02d} giây" if minutes else f"{rest} giây"


def date_words(day: date) -> str:
    """05/02/2026, 05/7/2026: days below ten and the months 1 and 2 take a zero (Decree 30/2020/ND-CP)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def sheet_date(day: date) -> str:
    """The date at the head: Ngày 05 tháng 7 năm 2026."""
    return "Ngày {} tháng {} năm {}".format(*date_words(day).split("/"))


def slot_words(slot: datetime) -> tuple[str, str]:
    """A slot as ("thứ Năm, 30/7/2026", "17:15")."""
    local = slot.astimezone(LOCAL) if slot.tzinfo else slot
    return f"{WEEKDAYS[local.weekday()]}, {date_words(local)}", f"{local:%H:%M}"


def clean(text: str) -> str:
    """A one-line field: composed letters, no emoji, no invisible characters, single spaces."""
    return " ".join(tidy(text).split())


def make_script(spec: SheetSpec) -> Script:
    """The script for `spec`: what the reader says, breath by breath."""
    parts = [part for part in _parts(spec) if part.sentences]
    said = " ".join(line for part in parts if not part.is_cue for line in part.lines)
    return Script(parts, seconds(said, spec.syllables_per_minute))


def _parts(spec: SheetSpec) -> Iterator[Part]:
    own_words = spec.vietnamese and not spec.transcript
    yield Part("Nhạc hiệu", [["Mở nhạc hiệu 10 giây, rồi nhỏ dần."]], is_cue=True)
    if own_words:
        yield Part("Lời xướng", _said(spec, f"{_station(spec.station)}."))
    yield Part("Lời chào", _said(spec, spec.greeting or ("Kính thưa bà con và các bạn!" if own_words else "")))
    if own_words and spec.title:
        yield Part("Giới thiệu", _said(spec, f"Mời bà con nghe bản tin: {_sentence(spec.title)}"))
    yield Part("Nội dung", _said(spec, spec.body))
    if spec.hotlines:
        yield _hotlines(spec, own_words)
    yield Part("Lời kết", _said(spec, spec.sign_off or ("Xin cảm ơn bà con đã lắng nghe." if own_words else "")))
    yield Part("Nhạc kết", [["Nhạc nổi lên, rồi tắt dần."]], is_cue=True)


def _station(name: str) -> str:
    name = clean(name)
    known = name.lower().startswith(("đài", "trạm", "cụm"))
    return f"Đây là {name if known else f'Đài truyền thanh {name}'}"


def _sentence(text: str) -> str:
    text = clean(text)
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _said(spec: SheetSpec, text: str) -> list[list[str]]:
    text = spoken(text, dict(spec.lexicon)) if spec.vietnamese else tidy_spaces(tidy(text))
    return [[_capital(s[0]), *s[1:]] for s in sentences(text)]


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _hotlines(spec: SheetSpec, own_words: bool) -> Part:
    """Each number twice, digit by digit; where the words are not ours only the figures are given."""
    told = []
    for number, name in spec.hotlines:
        if own_words:
            figures = digits(number)
            call = f"{_capital(spoken(clean(name), dict(spec.lexicon)))}, gọi số:"
            short = count_syllables(f"{call} {figures}") <= LONGEST
            again = f"Xin nhắc lại: {figures}."
            if short or count_syllables(f"{figures} {again}") > LONGEST:
                told.append([*([f"{call} {figures}."] if short else [call, f"{figures}."]), again])
            else:
                told.append([call, f"{figures}. {again}"])
        else:
            told.append([" – ".join(c for c in number if c.isdigit())] * 2)
    return Part("Số điện thoại, đọc hai lần", told, is_hotline=True)
