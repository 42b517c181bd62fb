"""The reference data and the sample content are files: these tests read them as any reader would."""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[2] / "campaigns" / "data"
FILES = sorted(p for p in DATA.rglob("*") if p.suffix in {".csv", ".json"})
MATERIALS = sorted((DATA / "samples" / "materials").glob("*.json"))
EVENTS = sorted((DATA / "samples" / "events").glob("*.json"))

HEADERS = {
    "places": "level,code,name,parent_level,parent_code,valid_from,valid_to,is_border,note",
    "predecessors": "code,valid_from,successor_code,successor_valid_from,source",
    "languages": "key,name_vi,own_name,iso,branch,orthography,code,spoken_only,syllables_per_minute,order,note",
    "groups": "key,name,description,order",
    "heads": "number,name,source",
    "indicators": "code,name,unit,kind,order",
    "channel_forms": "key,name",
    "agencies": "key,name,short_name,kind,valid_from,valid_to,successor_key",
    "hotlines": "number,name,owner,scope,hours,source,checked_on,valid_until,note",
}
CHANNEL_TEXTS = ("social_text", "message_text", "loudspeaker_text")
BLOCKS = {
    "heading": str,
    "paragraph": str,
    "steps": list,
    "signs": dict,
    "hotlines": dict,
    "rights": dict,
}
TECHNICAL = {"slug", "groups", "place", "starts_at", "ends_at", "organiser", "kind"}
PILOT = {"080", "082", "083", "086", "084"}
REUSED = "mã được dùng lại; lãnh thổ có thể khác"
FIRST, LAST = date.min, date.max  # an empty end is open


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def span(row: dict[str, str]) -> tuple[date, date]:
    start, end = row["valid_from"], row["valid_to"]
    return date.fromisoformat(start) if start else FIRST, date.fromisoformat(end) if end else LAST


def communes(today: bool) -> dict[str, dict[str, str]]:
    """Communes by code: the 2023 list, or the list in force from 1/7/2025."""
    start = "2025-07-01" if today else ""
    return {r["code"]: r for r in rows("places") if r["level"] == "commune" and r["valid_from"] == start}


def keys(name: str, column: str = "key") -> set[str]:
    return {row[column] for row in rows(name)}


def sample_ids(path: Path) -> str:
    return path.stem


def versions(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (group, texts) for the main Vietnamese text and for each group's."""
    yield "", item
    for text in item["group_texts"]:
        yield text["group"], text


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def reader_strings(item: dict[str, Any]) -> list[str]:
    """All that a reader or listener may meet; technical fields left out."""
    return list(strings({k: v for k, v in item.items() if k not in TECHNICAL}))


def numbers_like_a_phone(text: str) -> set[str]:
    """Digit runs that a reader could dial: dates, years, clock times and law numbers are taken out first."""
    text = re.sub(r"\d+/\d{4}/[A-ZĐ]+\d*", " ", text)
    text = re.sub(r"\b\d{1,2}/\d{1,2}(/\d{4})?\b", " ", text)
    text = re.sub(r"\b\d{1,2}:\d{2}\b", " ", text)
    joined = re.sub(r"(?<=\d)[ .\-](?=\d)", "", text)
    return set(re.findall(r"\d{3,}", joined))


def names_after_kin_terms(text: str) -> list[str]:
    """Two capitalised words after a term for a person: how the press names a victim or a child."""
    found = re.findall(r"(?i)\b(?:nạn nhân|cháu|em|bé|chị) (\w+ \w+)", text)
    return [name for name in found if name.istitle()]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_files_are_utf8_nfc_with_unix_line_ends(path: Path) -> None:
    raw = path.read_bytes()
    text = raw.decode("utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")
    if path.suffix == ".json":
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_csv_has_its_columns_and_no_stray_spaces(name: str) -> None:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.reader(handle))
    assert ",".join(table[0]) == HEADERS[name]
    width = len(table[0])
    assert len(table) > 1
    for line in table[1:]:
        assert len(line) == width, line
        assert all(cell == cell.strip() for cell in line), line


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("places", ("level", "code", "valid_from")),
        ("predecessors", ("code", "valid_from", "successor_code", "successor_valid_from")),
        ("languages", ("key",)),
        ("languages", ("code",)),
        ("languages", ("order",)),
        ("groups", ("key",)),
        ("heads", ("number",)),
        ("indicators", ("code",)),
        ("channel_forms", ("key",)),
        ("agencies", ("key",)),
        ("hotlines", ("number",)),
    ],
)
def test_keys_are_unique(name: str, columns: tuple[str, ...]) -> None:
    counted = Counter(tuple(row[c] for c in columns) for row in rows(name))
    assert [k for k, n in counted.items() if n > 1] == []


def test_counts_of_official_lists() -> None:
    old, new = communes(today=False), communes(today=True)
    kinds = Counter(r["name"].split(" ")[0] for r in old.values())
    assert (len(old), kinds["Xã"], kinds["Phường"], kinds["Thị"]) == (152, 127, 16, 9)
    kinds = Counter(r["name"].split(" ")[0] for r in new.values())
    assert (len(new), kinds["Xã"], kinds["Phường"]) == (99, 89, 10)
    assert sum(r["level"] == "district" for r in rows("places")) == 9
    assert sum(r["parent_code"] in PILOT for r in old.values()) == 78
    assert len(set(old) & set(new)) == 48


def test_every_place_has_a_parent_valid_at_some_time_with_it() -> None:
    places = rows("places")
    by_key = {(r["level"], r["code"]): r for r in places if r["level"] != "commune"}
    above = {"province": {""}, "district": {"province"}, "commune": {"district", "province"}}
    for row in places:
        assert row["parent_level"] in above[row["level"]], row
        assert row["is_border"] in {"0", "1"}
        start, end = span(row)
        assert start <= end, row
        if row["level"] != "province":
            parent_start, parent_end = span(by_key[row["parent_level"], row["parent_code"]])
            assert parent_start <= start, row
            assert end <= parent_end, row


def test_a_code_never_means_two_places_on_one_day() -> None:
    held: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for row in rows("places"):
        held.setdefault((row["level"], row["code"]), []).append(span(row))
    for key, spans in held.items():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert end < start, key


def test_predecessors_join_existing_places_in_time_order() -> None:
    places = {(r["code"], r["valid_from"]): r for r in rows("places") if r["level"] == "commune"}
    old, new = communes(today=False), communes(today=True)
    pairs = rows("predecessors")
    for pair in pairs:
        before = places[pair["code"], pair["valid_from"]]
        after = places[pair["successor_code"], pair["successor_valid_from"]]
        follows = span(before)[1] + timedelta(days=1)
        assert before is not after
        assert span(after)[0] <= follows <= span(after)[1], pair
        assert pair["source"]
        reused = pair["code"] == pair["successor_code"]
        assert pair["source"].startswith(REUSED) == reused, pair
    # Each commune of 2023 passes to exactly one unit; each of the 48 old-Lào Cai units of today is reached.
    assert Counter(p["code"] for p in pairs) == Counter(dict.fromkeys(old, 1))
    reached = {p["successor_code"] for p in pairs if p["successor_valid_from"]}
    assert reached == set(old) & set(new)


def test_known_merges() -> None:
    came_from: dict[tuple[str, str], set[str]] = {}
    names = {code: row["name"] for code, row in communes(today=False).items()}
    for pair in rows("predecessors"):
        key = (pair["successor_code"], pair["successor_valid_from"])
        came_from.setdefault(key, set()).add(names[pair["code"]])
    assert came_from["02896", "2025-07-01"] == {"Xã Nậm Lúc", "Xã Bản Cái", "Xã Cốc Lầu"}
    assert came_from["02839", ""] == {"Xã Tà Chải"}


def test_border_communes_are_those_of_the_source() -> None:
    border = {r["name"] for r in communes(today=True).values() if r["is_border"] == "1"}
    assert border == {
        "Phường Lào Cai",
        "Xã Y Tý",
        "Xã A Mú Sung",
        "Xã Trịnh Tường",
        "Xã Bát Xát",
        "Xã Pha Long",
        "Xã Mường Khương",
        "Xã Bản Lầu",
        "Xã Si Ma Cai",
    }


def test_languages_can_live_side_by_side() -> None:
    languages = rows("languages")
    assert languages[0]["key"] == "vi"
    assert languages[0]["code"] == "vi"
    for row in languages:
        # Django's URL prefix and Wagtail's Locale accept exactly this much of BCP 47.
        assert re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", row["code"]), row
        assert row["iso"] == "" or re.fullmatch(r"[a-z]{3}", row["iso"])
        assert row["iso"] or row["note"], row
        assert row["spoken_only"] in {"0", "1"}
        assert not (row["spoken_only"] == "1" and row["orthography"]), row
        assert 120 <= int(row["syllables_per_minute"]) <= 260
        assert row["own_name"]
        assert row["name_vi"]
    by_iso = Counter(row["iso"] for row in languages if row["iso"])
    assert by_iso["pcc"] == 2
    assert by_iso["hmn"] == 2
    spoken = {row["key"] for row in languages if row["spoken_only"] == "1"}
    assert {"giay", "ha-nhi", "phu-la"} <= spoken
    assert not spoken & {"vi", "mong-vn", "mong-rpa", "tay"}


def test_dictionaries_are_complete() -> None:
    heads = rows("heads")
    assert [r["number"] for r in heads] == [str(n) for n in range(1, 9)]
    assert all("53/2024/QH15" in r["source"] for r in heads)
    assert len(rows("channel_forms")) == 8
    indicators = rows("indicators")
    assert {r["kind"] for r in indicators} == {"field", "loudspeaker", "digital", "declared"}
    wanted = (
        "session attendance leaflet banner poster pano loud_minutes loud_plays mobile pledge document rally "
        "influential training news views reactions clicks posts manual_posts"
    )
    assert set(wanted.split()) <= {r["code"] for r in indicators}
    assert all(r["unit"] for r in indicators)
    assert [int(r["order"]) for r in indicators] == list(range(1, len(indicators) + 1))


def test_agencies_succeed_each_other() -> None:
    agencies = {r["key"]: r for r in rows("agencies")}
    for row in agencies.values():
        start, end = span(row)
        assert start <= end
        if row["successor_key"]:
            assert row["valid_to"]
            assert row["successor_key"] in agencies
            assert row["successor_key"] != row["key"]


def test_hotlines_have_source_and_expiry() -> None:
    hotlines = {r["number"]: r for r in rows("hotlines")}
    assert set(hotlines) == {"111", "113"}
    for row in hotlines.values():
        assert row["source"]
        assert row["owner"]
        assert row["scope"]
        assert date.fromisoformat(row["checked_on"]) < date.fromisoformat(row["valid_until"])
    assert hotlines["111"]["owner"] == "Bộ Y tế"


def test_rights_are_those_of_the_law_in_force() -> None:
    rights = load(DATA / "rights.json")
    assert rights["valid_from"] == "2025-07-01"
    assert "53/2024/QH15" in rights["source"]
    assert len(rights["sentence"]) <= 200
    assert len(rights["passage"]) > 600
    assert "111" in rights["passage"]
    assert numbers_like_a_phone(rights["passage"]) <= {"111", "113"}


def test_plans_continue_each_other_and_set_no_number_for_communications() -> None:
    plans = {p["key"]: p for p in load(DATA / "plans.json")}
    assert {p["number"] for p in plans.values()} == {"84/KH-UBND", "144/KH-UBND", "33/QĐ-TTg"}
    places = {(r["level"], r["code"]) for r in rows("places")}
    for plan in plans.values():
        assert plan["continues"] is None or plans[plan["continues"]]["issued_on"] < plan["issued_on"]
        assert date.fromisoformat(plan["period_from"]) < date.fromisoformat(plan["period_to"])
        assert plan["source_url"].startswith("https://")
        assert plan["note"]
        assert plan["legal_bases"]
        assert [t["order"] for t in plan["tasks"]] == list(range(1, len(plan["tasks"]) + 1))
        for target in plan["targets"]:
            assert target["measured_by_communications"] is False
            assert target["indicator"] is None
            assert str(target["value"]) in target["text"]
            assert target["source"]
        assert all((p["level"], p["code"]) in places for p in plan["pilot_places"])
    seed = plans["84-kh-ubnd-2023"]
    assert {p["code"] for p in seed["pilot_places"]} == PILOT
    assert [t["value"] for t in seed["targets"]] == [100, 90, 90, 95, 90]
    assert sum(t["is_communications"] for t in seed["tasks"]) == 3


def test_there_is_enough_sample_content() -> None:
    materials = [load(p) for p in MATERIALS]
    assert len(materials) >= 6
    assert len(EVENTS) == 2
    assert sum(2 <= len(m["group_texts"]) <= 3 for m in materials) >= 3
    assert {"women-girls", "pupils", "job-seekers", "border-villages", "returnees", "youth"} <= {
        m["groups"][0] for m in materials
    }
    slugs = Counter(load(p)["slug"] for p in MATERIALS + EVENTS)
    assert max(slugs.values()) == 1
    assert any(t["language_key"] == "mong-rpa" for m in materials for t in m["translations"])


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_sample_shape(path: Path) -> None:
    item = load(path)
    assert path.stem == item["slug"]
    assert re.fullmatch(r"[a-z0-9-]+", item["slug"])
    assert item["is_sample"] is True
    assert item["title"]
    assert item["summary"]
    assert set(item["content_heads"]) <= set(range(1, 9))
    assert 7 in item["content_heads"]
    assert set(item["groups"]) <= keys("groups")
    groups = [t["group"] for t in item["group_texts"]]
    assert len(set(groups)) == len(groups)
    assert set(groups) <= set(item["groups"])
    for _, texts in versions(item):
        assert all(texts[field] for field in CHANNEL_TEXTS)
    for text in item["group_texts"]:
        assert set(text) == {"group", "lead", *CHANNEL_TEXTS}
        assert text["lead"]
    for translation in item["translations"]:
        assert set(translation) == {"language_key", "title", "summary", "body", *CHANNEL_TEXTS, "note"}
        assert translation["language_key"] in keys("languages") - {"vi"}
        assert "chưa được người bản ngữ duyệt" in translation["note"]


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_sample_blocks(path: Path) -> None:
    item = load(path)
    for body in [item["body"], *(t["body"] for t in item["translations"])]:
        for block in body:
            assert set(block) == {"type", "value"}
            assert isinstance(block["value"], BLOCKS[block["type"]]), block
            if block["type"] == "paragraph":
                tags = set(re.findall(r"</?([a-z0-9]+)", block["value"]))
                assert tags <= {"p", "b", "i", "a", "ul", "ol", "li", "h3"}
                assert block["value"].startswith("<")
                assert block["value"].endswith(">")
            if block["type"] == "steps":
                assert all(set(step) == {"title", "text"} and step["text"] for step in block["value"])
            if block["type"] == "signs":
                assert set(block["value"]) == {"title", "items"}
                assert len(block["value"]["items"]) >= 3
        assert {"rights", "hotlines"} <= {block["type"] for block in body}


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_every_text_carries_hotline_and_rights_within_its_length(path: Path) -> None:
    item, rights = load(path), load(DATA / "rights.json")
    for group, texts in versions(item):
        for field in CHANNEL_TEXTS:
            assert "111" in texts[field], (group, field)
            assert "113" in texts[field], (group, field)
            assert "  " not in texts[field]
        assert rights["sentence"] in texts["social_text"], group
        assert rights["sentence"] in texts["message_text"], group
        assert rights["loudspeaker"] in texts["loudspeaker_text"], group
        assert len(texts["social_text"]) <= 1500, group
        assert len(texts["message_text"]) <= 900, group
    for translation in item["translations"]:
        assert all("111" in translation[field] for field in CHANNEL_TEXTS)
        assert len(translation["social_text"]) <= 1500
        assert len(translation["message_text"]) <= 900


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_loudspeaker_text_is_short_and_speakable(path: Path) -> None:
    for group, texts in versions(load(path)):
        text = texts["loudspeaker_text"]
        assert 120 <= len(text.split()) <= 220, group
        assert not re.search(r"[“”\"()*&%:;\n–-]", text), group
        longest = max(re.split(r"[.?!]\s", text), key=lambda sentence: len(sentence.split()))
        assert len(longest.split()) <= 22, longest


@pytest.mark.parametrize("path", MATERIALS, ids=sample_ids)
def test_group_texts_differ(path: Path) -> None:
    item = load(path)
    for field in CHANNEL_TEXTS:
        texts = [texts[field] for _, texts in versions(item)]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_no_number_outside_the_hotline_registry(path: Path) -> None:
    registered = keys("hotlines", "number")
    for text in reader_strings(load(path)):
        assert numbers_like_a_phone(text) - {"2027"} <= registered, text


def test_the_patterns_see_what_they_must() -> None:
    assert names_after_kin_terms("gặp cháu Nguyễn Thị ở chợ, chị em đi chợ") == ["Nguyễn Thị"]
    assert numbers_like_a_phone("gọi 18001282 hoặc 0912 345 678 hoặc 1900.96.96.80") == {
        "18001282",
        "0912345678",
        "1900969680",
    }
    assert numbers_like_a_phone("7 giờ 30 ngày 30/7/2027, Luật số 53/2024/QH15, gọi 111") == {"111"}


@pytest.mark.parametrize("path", MATERIALS + EVENTS, ids=sample_ids)
def test_no_stigma_no_stale_fact_nothing_that_identifies(path: Path) -> None:
    text = unicodedata.normalize("NFC", " ".join(reader_strings(load(path))))
    low = text.lower()
    stigma = "nhẹ dạ|cả tin|dân trí|hám lợi|gái mại dâm|đối tượng|h'mông|mèo"
    stale = "huyện|thị trấn|thị xã|thương binh|66/2011|nhà nhân ái"
    # Whole words: "chuyện" holds "huyện".
    assert re.findall(rf"\b(?:{stigma}|{stale})\b", low) == []
    assert names_after_kin_terms(text) == []
    assert not re.search(r"sinh năm|\b(19|20)\d{2}\)|lớp \d|triệu đồng|số nhà", low)


@pytest.mark.parametrize("path", EVENTS, ids=sample_ids)
def test_event_stands_in_a_real_place_and_time(path: Path) -> None:
    event = load(path)
    place = event["place"]
    commune = communes(today=True)[place["code"]]
    assert place == {"level": "commune", "code": commune["code"], "valid_from": commune["valid_from"]}
    starts, ends = (datetime.fromisoformat(event[k]) for k in ("starts_at", "ends_at"))
    assert starts.utcoffset() == ends.utcoffset() == timedelta(hours=7)
    assert starts < ends
    agency = {r["key"]: r for r in rows("agencies")}[event["organiser"]]
    first, last = span(agency)
    assert first <= starts.date() <= last
    assert all(date.fromisoformat(r["valid_until"]) >= ends.date() for r in rows("hotlines"))
    clock = [p["time"] for p in event["programme"]]
    assert clock == sorted(clock)
    assert len(clock) >= 4
    assert all(p["text"] for p in event["programme"])
    assert f"{starts:%H:%M}" <= clock[0]
    assert clock[-1] < f"{ends:%H:%M}"
    assert event["venue"]
    assert event["kind"] in {"rally", "market"}
    # The date in words must be the date in the field, weekday included.
    day = f"{starts.day}/{starts.month}/{starts.year}"
    weekday = {4: "thứ sáu", 6: "chủ nhật"}[starts.weekday()]
    for field in CHANNEL_TEXTS:
        assert day in event[field]
        assert f"{starts.hour} giờ" in event[field]
    assert weekday in f"{event['social_text']} {event['summary']}".lower()
