"""Readings that nobody here wrote: how far `media.speech` agrees with other people's test cases.

Two sources, neither kept here: the Vietnamese cases of NVIDIA's NeMo-text-processing (Apache-2.0), a folder of
`written~spoken` lines; and num2words' own test of Vietnamese (LGPL), out of its source archive:

    git clone https://github.com/NVIDIA/NeMo-text-processing
    pip download --no-deps --no-binary :all: num2words
    python -m tests.bench.outside_readings NeMo-text-processing num2words-*.tar.gz

Prints agreement by kind, word for word and with the differences that `alike` calls no difference, and each case that
is left. (NeMo's cases the other way round, from speech to text, are no source: they write what people say loosely.)
Exit 1 when a kind is below the figure of the issue. docs/benchmarks.md says who is right in what is left.
"""

import ast
import os
import re
import sys
import tarfile
from pathlib import Path

import django

FIGURE = 0.95
KINDS = ("cardinal", "decimal", "date", "time", "money")
FOLDER = Path("tests/nemo_text_processing/vi/data_text_normalization")
# Said either way by careful speakers; a hyphen or a capital is not heard at all.
SAME = (
    (r"\blẻ\b", "linh"),
    (r"\bngàn\b", "nghìn"),
    (r"\btỉ\b", "tỷ"),
    (r"\bmươi bốn\b", "mươi tư"),
    (r"\bkhông trăm ", ""),
    (r"\blinh ", ""),
    (r"\bđô la mỹ\b", "đô la"),
    (r"\brupee\b", "ru pi"),
    (r"\btrên (?=ngày|giờ)", "một "),
    (r"\bkhông phút (?=\w+ giây)", ""),
    # Zones are left to the voice there, and spelt out here.
    (r"\bu tê xê\b", "utc"),
    (r"\bgờ mờ tê\b", "gmt"),
)
# After the comma, figures are read as a number (Toán 5, the primary school's book) or one by one.
_FRACTION = re.compile(r"(?<=phẩy )(?:(?:không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|mười|mươi|trăm|linh) ?)+")
_FIGURES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_ONES = {"mốt": "1", "tư": "4", "lăm": "5"} | {word: str(figure) for figure, word in enumerate(_FIGURES)}
Cases = dict[str, list[tuple[str, str]]]


def nemo(folder: Path) -> Cases:
    """The cases of each kind that NeMo has for text to speech."""
    found: Cases = {}
    for kind in KINDS:
        lines = (folder / FOLDER / f"test_cases_{kind}.txt").read_text(encoding="utf-8").splitlines()
        pairs = (line.split("~", 1) for line in lines if "~" in line)
        found[kind] = [(written, said) for written, said in pairs]
    return found


def num2words(archive: Path) -> list[tuple[str, str]]:
    """Each `assertEqual(num2words(NUMBER, lang="vi"), WORDS)` of its test, as decimal comma text."""
    with tarfile.open(archive) as files:
        member = next(name for name in files.getnames() if name.endswith("tests/test_vi.py"))
        source = files.extractfile(member)
        assert source is not None
        tree = ast.parse(source.read())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "assertEqual" and len(node.args) == 2:
            call, words = node.args
            if isinstance(call, ast.Call) and isinstance(words, ast.Constant):
                found.append((ast.unparse(call.args[0]).replace("_", "").replace(".", ","), str(words.value)))
    return found


def bare(text: str) -> str:
    """What is heard: words in lower case."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def one_by_one(fraction: str) -> str:
    """The figures of a fraction said as a number or already one by one: both "ba mươi lăm" and "ba năm" are 35."""
    words = fraction.split()
    places = {"trăm": 100, "mươi": 10, "mười": 10}
    if not set(words) & places.keys():
        return "".join(_ONES[word] for word in words if word in _ONES)
    zeros, value, figure = "", 0, 0
    for word in words:
        if word in ("trăm", "mươi"):
            value, figure = value + figure * places[word], 0
        elif word == "mười":
            value += 10
        elif word in _ONES:
            zeros += "0" if word == "không" and not value and not figure else ""
            figure = int(_ONES[word])
    return f"{zeros}{value + figure}"


def alike(text: str) -> str:
    """The same without what careful speakers say either way."""
    text = _FRACTION.sub(lambda found: one_by_one(found[0]) + " ", bare(text))
    for pattern, plain in SAME:
        text = re.sub(pattern, plain, text)
    return text


def report(kind: str, cases: list[tuple[str, str]]) -> float:
    """Print one kind; return its agreement."""
    from media.speech import spoken

    said = [(written, wanted, spoken(written)) for written, wanted in cases]
    exact = sum(bare(ours) == bare(wanted) for _written, wanted, ours in said)
    left = [one for one in said if alike(one[2]) != alike(one[1])]
    share = 1 - len(left) / len(said)
    print(f"{kind:20} {len(said):4} cases, word for word {exact / len(said):6.1%}, agreed {share:6.1%}")
    for written, wanted, ours in left:
        print(f"    {written}  theirs: {wanted}  ours: {ours}")
    return share


def main(folder: str, archive: str) -> int:
    """Both sources; 1 if a kind misses the figure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    django.setup()
    shares = [report(kind, cases) for kind, cases in nemo(Path(folder)).items()]
    shares.append(report("cardinal (num2words)", num2words(Path(archive))))
    return int(min(shares) < FIGURE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
