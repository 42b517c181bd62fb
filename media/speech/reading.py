"""Vietnamese text as a village loudspeaker's reader should say it.

One regex finds the few places where something may have to be said otherwise than it is written;
a reader chosen by the first character and its neighbour deals with each. Everything else is
copied. What comes out contains nothing that would be read again, so reading it twice changes
nothing.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from media.speech import context, figures
from media.speech.context import Item, word_set
from media.speech.lexicon import Lexicon, lexicon_with
from media.speech.numbers import cardinal, digits, ordinal, roman
from media.speech.syllables import count_syllables, is_syllable, spell
from media.speech.tidying import tidy, tidy_spaces
from media.speech.web import say_addresses, say_hashtags

SYLLABLES_PER_MINUTE = 190.0
"""A calm loudspeaker reading: 3 to 3.5 syllables a second, slower than the 4.4 of television talk."""

MOST_READINGS = 5
LONGEST_SPOKEN = 2000
_SYMBOLS = "#@/$€£¥₫₹&<>≤≥±~≈=+×%-"
_CANDIDATE = re.compile(rf"[0-9A-ZĐ{_SYMBOLS}](?:(?<=[0-9{_SYMBOLS}])|(?=[A-ZĐ0-9.&:])|(?<=[IVX])(?![^\W_]))")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_RANGE = re.compile(r" ?[-–—] ?(?=\d)")
_TIMES = re.compile(r" ?[x×] ?(?=\d)")
_ROMAN = re.compile(r"[IVXLC]+(?![^\W_])")
_CODE = re.compile(r"[A-ZĐ]+\d+(?:[A-ZĐ]+\d*)*(?![^\W_])")
_CODE_RUN = re.compile(r"[A-ZĐ]+|\d+")
_DAYS_OR_MONTH = re.compile(r"T(\d{1,2})(?:/(\d{4})|[-–]T?([2-7]))?(?![^\W_])")
_DOCUMENT_KIND = re.compile(r"[A-ZĐ]{2,5}[a-z]?(?= số )")
_PERSONS = word_set("ông bà anh chị em cháu tên bé bị cô chú bác nạn họ")
_MAGNITUDE = re.compile(r" (?:nghìn|ngàn|triệu|tỷ|tỉ)(?: (?:triệu|tỷ|tỉ))?(?![^\W_])")
_CAPITALS = re.compile(r"[A-ZĐ]{2,}(?![^\W_])")
_DOCUMENT_CODE = re.compile(r"[A-ZĐ]{2,}[a-z]?-[A-ZĐ][A-Za-zĐđ&]+\d*(?![^\W_])")
_NEXT_CAPITALS = re.compile(r"[ ,]{1,2}([^\W\d_]{2,})")
_LAST_CAPITALS = re.compile(r"([^\W\d_]{2,})[ ,]{1,2}\Z")
_INTERNATIONAL = re.compile(r"\+\d{1,3}\)?(?:[ .-]?\d{2,4}){2,4}(?!\d)")
_PREFIX_MONEY = re.compile(r"[$€£¥₫₹] ?(?=\d)")
_CENTS = re.compile(r"(\d+)[.,](\d{1,2})(?![.,]?\d)")
_MINUS = re.compile(r"-(?=\d)")
_COMPARED = re.compile(r"(?:>=|<=|[<>≤≥±~≈]) ?(?=\d)")

_ROMAN_CUES = word_set(
    """quý kỷ chương khóa khoá thứ hội kỳ phần mục hạng cấp loại đợt nhóm vòng khu đoạn tập lần lục vùng bước
    bảng"""
)
_SYMBOL_WORDS = {
    "&": " và ", "+": " cộng ", "=": " bằng ", "×": " nhân ", "@": " a còng ", "±": " cộng trừ ", "%": " phần trăm ",
    "<": " ", ">": " ", "~": " ", "≈": " ", "≤": " ", "≥": " ", "#": " ", "$": " đô la Mỹ ", "€": " ơ-rô ",
    "£": " bảng Anh ", "¥": " nhân dân tệ ", "₫": " đồng ", "₹": " ru-pi ",
}  # fmt: skip
_COMPARISONS = {
    ">": ("trên ", ""), "<": ("dưới ", ""), "~": ("khoảng ", ""), "≈": ("khoảng ", ""), "±": ("cộng trừ ", ""),
    "≥": ("từ ", " trở lên"), ">=": ("từ ", " trở lên"), "≤": ("không quá ", ""), "<=": ("không quá ", ""),
}  # fmt: skip
_UNRELATED = frozenset(("phone", "document", "code", "fraction"))


class _Reading:
    """One pass over one text; `out` collects what is to be said."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.out: list[str] = []
        self.last: Item | None = None
        self.copied = 0

    def run(self) -> str:
        text, position = self.text, 0
        while found := _CANDIDATE.search(text, position):
            start = found.start()
            item = self._item_at(start, text[start])
            position = self._skip(start) if item is None else self._say(start, item)
        self.out.append(text[self.copied :])
        return "".join(self.out)

    def _item_at(self, start: int, first: str) -> Item | None:
        before = self.text[start - 1 : start]
        if "0" <= first <= "9":
            return self._figure(start)
        if first.isalpha():
            return None if before.isalpha() else self._capitals(start)
        return self._symbol(start, first)

    def _skip(self, start: int) -> int:
        word = _LETTERS.match(self.text, start)
        return word.end() if word else start + 1

    def _say(self, start: int, item: Item) -> int:
        """Put down `item` and what ties it to a figure that follows; return where to go on."""
        text = self.text
        gap = text[self.copied : start]
        if item.kind == "phone" and gap.endswith("(") and ")" in text[start : item.end]:
            gap = gap[:-1]
        before = gap[-1:] or (self.out[-1][-1:] if self.out else "")
        self.out += (gap, " " if before.isalnum() and item.words[:1].isalnum() else "", item.words)
        item = self._without_repetition(item)
        self.last, self.copied = item, item.end
        following = text[item.end : item.end + 1]
        if following.isalpha() and item.words[-1:].isalnum():
            self.out.append(" ")
        if following in " -–—x×" and following:
            self._join(item)
        return self.copied

    def _without_repetition(self, item: Item) -> Item:
        """02 (hai) bản: the figure is said once."""
        repeated = f" ({item.words})"
        if self.text.startswith(" (", item.end) and self.text.startswith(repeated, item.end):
            return item._replace(end=item.end + len(repeated))
        return item

    def _join(self, item: Item) -> None:
        text = self.text
        if times := _TIMES.match(text, item.end):
            self.out.append(" nhân ")
            self.copied = times.end()
        elif dash := _RANGE.match(text, item.end):
            following = self._figure(dash.end())
            self.out.append(self._dash_words(item, following))
            self.copied = dash.end()
        elif item.kind == "word" and text[item.end] == "-" and text[item.end + 1 : item.end + 2].isupper():
            self.out.append(", ")
            self.copied = item.end + 1

    def _dash_words(self, item: Item, following: Item) -> str:
        kinds = {item.kind, following.kind}
        if kinds & _UNRELATED or item.kind == "word" or kinds == {"date", "time"}:
            return ", "
        before = context.words_before(self.text, self._start_of(item), 2)
        if before == ["năm", "học"]:
            return ", "
        return " " if before in (["tỷ", "số"], ["tỉ", "số"]) else " đến "

    def _start_of(self, item: Item) -> int:
        """Where the figures of `item` begin in the text (they end at `item.end`)."""
        start = item.end
        while start and (self.text[start - 1].isalnum() or self.text[start - 1] in ".,/:"):
            start -= 1
        return start

    def _figure(self, start: int) -> Item:
        text, last, lexicon = self.text, self.last, self.lexicon
        end = start + 1
        while "0" <= text[end : end + 1] <= "9":
            end += 1
        following = text[end : end + 1]
        readers = figures.READERS.get(following)
        if readers is None:
            if following.isalpha():
                readers = figures.ALWAYS
            elif end - start > 7 and text[start] in "01":
                readers = (figures.phone,)
            else:
                return figures.plain(text, start, last, lexicon)
        for reader in readers:
            item = reader(text, start, last, lexicon)
            if item is not None:
                return item
        return figures.plain(text, start, last, lexicon)

    def _capitals(self, start: int) -> Item | None:
        text = self.text
        numeral = _ROMAN.match(text, start)
        if numeral and (item := self._roman(numeral)):
            return item
        key = self.lexicon.word_at(text, start)
        coded = _DOCUMENT_CODE.match(text, start)
        if coded and (key is None or start + len(key) < coded.end()):
            kind = text[start : text.index("-", start)]
            if kind in self.lexicon.documents:
                return Item(figures.document_code(coded[0], self.lexicon), coded.end(), "document")
        if (kind_word := _DOCUMENT_KIND.match(text, start)) and kind_word[0] in self.lexicon.documents:
            return Item(self.lexicon.documents[kind_word[0]], kind_word.end(), "word")
        if key is not None and len(key) == 2 and key[1] == "." and not self._names_a_place(start):
            return None
        if key is not None and not (is_syllable(key) and self._among_capitals(start, start + len(key))):
            return Item(self.lexicon.words[key], start + len(key), "word")
        if text[start] == "T" and (days := _DAYS_OR_MONTH.match(text, start)) and (item := self._days(days)):
            return item
        if code := _CODE.match(text, start):
            return self._code(code)
        capitals = _CAPITALS.match(text, start)
        if capitals is None or is_syllable(capitals[0]):
            return None
        return Item(spell(capitals[0]), capitals.end(), "word")

    def _code(self, code: re.Match[str]) -> Item:
        """A4, QL4D: letters from the lexicon or spelt, numbers as numbers."""
        words = self.lexicon.words
        runs = [cardinal(r) if r.isdigit() else words.get(r) or spell(r) for r in _CODE_RUN.findall(code[0])]
        return Item(" ".join(runs), code.end(), "code")

    def _names_a_place(self, start: int) -> bool:
        """P. Cam Đường is a ward; in "ông P. nói" the letter hides a name."""
        after = self.text[start + 2 : start + 4].strip()
        return after[:1].isupper() and context.word_before(self.text, start) not in _PERSONS

    def _days(self, found: re.Match[str]) -> Item | None:
        """T2-T6 are days of the week, T7/2025 is a month."""
        number = int(found[1])
        if found[2] and 1 <= number <= 12:
            return Item(f"{figures.month_words(number)} năm {cardinal(found[2])}", found.end(), "month")
        if not 2 <= number <= 7 or found[2]:
            return None
        until = f" đến thứ {ordinal(int(found[3]))}" if found[3] else ""
        return Item(f"thứ {ordinal(number)}{until}", found.end(), "day")

    def _roman(self, numeral: re.Match[str]) -> Item | None:
        value = roman(numeral[0])
        if value is None:
            return None
        text, start, end = self.text, numeral.start(), numeral.end()
        heading = text[end : end + 2] in (". ", ") ") and text[start - 1 : start] in ("", "\n")
        before = context.word_before(text, start)
        chained = self.last is not None and self.last.kind == "roman" and context.joined(text, self.last, start)
        surely = len(numeral[0]) > 1 and not is_syllable(numeral[0]) and set(numeral[0]) <= set("IVX")
        cued = before in _ROMAN_CUES and not (is_syllable(numeral[0]) and self._among_capitals(end, end, cue=before))
        if not (heading or chained or cued or (surely and numeral[0] != "XX")):
            return None
        words = ordinal(value) if before == "thứ" else cardinal(value)
        if year := re.compile(r"[/-](\d{4})(?!\d)").match(text, end):
            return Item(f"{words} năm {cardinal(year[1])}", year.end(), "roman")
        return Item(words, end, "roman")

    def _among_capitals(self, start: int, end: int, cue: str = "") -> bool:
        """Whether a neighbouring word is a word in capitals: then this one may be a word as well."""
        after = _NEXT_CAPITALS.match(self.text, end)
        neighbours = [after[1]] if after else []
        if not cue and (before := _LAST_CAPITALS.search(self.text[max(0, start - 12) : start])):
            neighbours.append(before[1])
        return any(w.isupper() and is_syllable(w) and w not in self.lexicon.words for w in neighbours)

    def _symbol(self, start: int, first: str) -> Item | None:
        text = self.text
        if first == "/":
            return self._slash(start)
        if first == "-":
            return self._minus(start)
        if first == "+" and (number := _INTERNATIONAL.match(text, start)):
            return Item(f"cộng {digits(number[0])}", number.end(), "phone")
        if money := _PREFIX_MONEY.match(text, start):
            return self._money(money.end(), self.lexicon.units.get(first, ""))
        if compared := _COMPARED.match(text, start):
            return self._with_figure(compared.end(), *_COMPARISONS[compared[0].strip()])
        return Item(_SYMBOL_WORDS[first], start + 1, "symbol")

    def _minus(self, start: int) -> Item | None:
        """A dash before a figure is a minus, unless it marks a line of a list ("-5 người")."""
        text = self.text
        if not _MINUS.match(text, start) or text[start - 1 : start] not in ("", " ", "(", "\n"):
            return None
        item = self._with_figure(start + 1, "âm ", "")
        counted = context.word_after(text, item.end)
        alone = text.strip() == text[start : item.end] + f" {counted}"  # -99,95 tỷ, and nothing else
        if text[start - 1 : start] in ("", "\n") and context.counts(counted) and not alone:
            return Item("", start + 1, "symbol")
        return item

    def _money(self, start: int, currency: str) -> Item:
        """$1.5 triệu: the currency comes after the magnitude."""
        item = self._figure(start)
        magnitude = _MAGNITUDE.match(self.text, item.end)
        cents = _CENTS.match(self.text, start)
        if cents and not magnitude and (price := figures.with_cents(cents[1], cents[2], currency)):
            return Item(price, cents.end(), "number")
        words = f"{item.words}{magnitude[0] if magnitude else ''} {currency}".rstrip()
        return Item(words, magnitude.end() if magnitude else item.end, "number")

    def _with_figure(self, start: int, before: str, after: str) -> Item:
        item = self._figure(start)
        return Item(f"{before}{item.words}{after}", item.end, "number")

    def _slash(self, start: int) -> Item | None:
        """đồng/tháng behind a figure is "một tháng"; xã/phường is a list."""
        text = self.text
        last = self.last
        lead = text[max(0, start - 4) : start].lower()
        if lead == " và" or (lead == "và" and start == 2):
            return Item(" ", start + 1, "slash")
        measured = last is not None and last.kind in ("number", "per") and text[start + 1 : start + 2].islower()
        if measured and last is not None and re.fullmatch(r"(?: [^\W\d_]+){0,2}|[^\W\d_]*", text[last.end : start]):
            word = _WORD.match(text, start + 1)
            if word and word[0] not in self.lexicon.units:
                word = _LETTERS.match(text, start + 1)
            end = word.end() if word else start + 1
            unit = text[start + 1 : end]
            return Item(f" một {self.lexicon.units.get(unit, unit)}", end, "per")
        if text[start - 1 : start].isspace() or not text[start - 1 : start]:
            return Item(" ", start + 1, "slash")
        return Item(", ", start + 1, "slash")


def _read(text: str, lexicon: Lexicon) -> str:
    """Read, and read again what odd text leaves half read (letters and figures run together)."""
    said = _read_once(text, lexicon)
    for _ in range(MOST_READINGS):
        if not _CANDIDATE.search(said) and not any(key in said for key, _ in lexicon.searched):
            break
        again = _read_once(said, lexicon)
        if again == said:
            break
        said = again
    return said


def _read_once(text: str, lexicon: Lexicon) -> str:
    if not text:
        return ""
    text = tidy(text)
    if "#" in text:
        text = say_hashtags(text)
    text = say_addresses(text)
    for key, pattern in lexicon.searched:
        if key in text:
            text = pattern.sub(lambda _, said=lexicon.words[key]: said, text)  # type: ignore[misc]
    return tidy_spaces(_Reading(text, lexicon).run())


def _refuse_endless(given: Mapping[str, str], words: Mapping[str, str]) -> None:
    """Raise ValueError for an entry that holds its own key, perhaps by way of others, or grows beyond all measure.

    Found by counting, never by expanding: a few entries that name each other often would fill the memory.
    """
    sizes: dict[str, int] = {}

    def size(key: str, path: tuple[str, ...]) -> int:
        if key in path:
            raise ValueError(f"the lexicon entry {path[0]!r} is read as something that contains itself: {words[key]!r}")
        if key not in sizes:
            said = words[key] if words[key] != key else ""  # an entry may keep a word as it is
            inner = ((other, _times(other, said)) for other in words if other in said)
            sizes[key] = len(said) + sum(times * size(other, (*path, key)) for other, times in inner if times)
        if sizes[key] > LONGEST_SPOKEN:
            raise ValueError(f"the lexicon entry {(*path, key)[0]!r} grows too long when it is read")
        return sizes[key]

    for key in given:
        size(key, ())


def _times(key: str, text: str) -> int:
    return len(re.findall(rf"(?<![^\W_]){re.escape(key)}(?![^\W_])", text))


@lru_cache(maxsize=16)
def _lexicon(overrides: tuple[tuple[str, str], ...]) -> Lexicon:
    """The lexicon with `overrides`, whose spoken forms are themselves read out."""
    given = dict(overrides)
    raw = lexicon_with(given)
    _refuse_endless({key: said for key, said in raw.words.items() if key in given}, raw.words)
    settled = lexicon_with({written: _read(said, raw) for written, said in given.items()})
    for written, said in given.items():
        once = _read(said, settled)
        if _read(once, settled) != once:
            raise ValueError(f"the lexicon entry {written!r} is read as something that contains itself: {said!r}")
    return settled


def spoken(text: str, lexicon: Mapping[str, str] | None = None) -> str:
    """`text` (Vietnamese, NFC or NFD) as it is said; the result is NFC.

    `lexicon` adds to the base lexicon or replaces entries of it (written form to spoken form).
    Raises ValueError for an entry whose spoken form would be expanded for ever. Idempotent.
    """
    return _read(text, _lexicon(tuple(sorted(lexicon.items())) if lexicon else ()))


def seconds(spoken_text: str, syllables_per_minute: float = SYLLABLES_PER_MINUTE) -> float:
    """How long a reader needs for `spoken_text`, pauses included in the speed, in seconds.

    Raises ValueError unless the speed is positive.
    """
    if not syllables_per_minute > 0:
        raise ValueError("syllables_per_minute has to be positive")
    return count_syllables(spoken_text) * 60 / syllables_per_minute


def reading_speed(spoken_text: str, measured_seconds: float) -> float:
    """A reader's own speed in syllables a minute, from one timed reading of `spoken_text`.

    Raises ValueError where the time is not positive or there was nothing to read.
    """
    syllables = count_syllables(spoken_text)
    if not measured_seconds > 0 or not syllables:
        raise ValueError("a timed reading needs a text and a positive time")
    return syllables * 60 / measured_seconds
