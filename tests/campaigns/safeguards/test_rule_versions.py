"""The rules as versions: each proves its cases before it counts, may be rolled back, and holds at once everywhere."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from campaigns.models import RulebookChoice, RulebookVersion
from campaigns.safeguards import check, current_book
from campaigns.safeguards.editing import choose, content_of, differences, faults, new_version, row_of
from campaigns.safeguards.rulebook import shipped
from tests.campaigns.safeguards.labelled import HOTLINES, rights
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
TEXT = "Bà con cẩn thận với chiêu trò ngọc rồng xanh."
NEW = {
    "id": "own-trick",
    "version": 1,
    "level": "block",
    "message": "Tên một chiêu trò đang chạy.",
    "cure": "Tả chiêu trò, đừng gọi tên.",
    "source": "Công văn hư cấu số 1",
    "patterns": [{"pattern": "ngọc rồng xanh", "use": ["một lời mời chào"]}],
    "true_cases": ["Chiêu trò ngọc rồng xanh."],
    "false_cases": ["Ngọc rồng đỏ."],
}


def codes(text: str = TEXT) -> set[str]:
    return {one.code for one in check(text, fragment=True, hotlines=HOTLINES, rights=rights())}


def test_a_version_counts_only_once_somebody_lets_it(world: StaffWorld) -> None:
    editor = world.users["senior_editor"]
    version = new_version(based_on=None, author=editor, why="Chiêu trò mới", rules={"own-trick": NEW})
    assert codes() == set()
    choose(version=version, by=editor, why="Đã thử với câu thật")
    assert codes() == {"own-trick"}
    assert current_book().number == version.number
    choose(version=None, by=editor, why="Quay lại bản gốc")
    assert codes() == set()
    assert RulebookChoice.objects.count() == 2
    assert current_book() is shipped()


def test_a_finding_says_the_words_to_use(world: StaffWorld) -> None:
    version = new_version(based_on=None, author=world.chief, why="Chiêu trò mới", rules={"own-trick": NEW})
    choose(version=version, by=world.chief, why="Đã thử")
    (finding,) = check(TEXT, fragment=True, hotlines=HOTLINES, rights=rights())
    assert finding.use == ("một lời mời chào",)


@pytest.mark.parametrize(
    ("rules", "words", "said"),
    [
        ({"own-trick": NEW | {"true_cases": ["Câu khác hẳn."]}}, {}, "own-trick"),
        ({"own-trick": NEW | {"false_cases": ["Có ngọc rồng xanh."]}}, {}, "own-trick"),
        ({"own-trick": NEW | {"patterns": ["(ngọc+)+$"]}}, {}, "biểu thức chính quy"),
        ({"own-trick": NEW | {"patterns": ["ngọc ~15 " * 12 + "xanh"]}}, {}, "hơn 20 phần"),
        ({"identity-name": "warn"}, {}, "identity-name"),
        ({"identity-name": "lift"}, {}, "identity-name"),
        ({}, {"victim": ["từ khác"]}, "identity-name"),
        ({}, {"surnames": ["Nguyễn"]}, "identity"),
        ({"identity-name": "later"}, {}, "identity-name"),
        ({}, {"victim": ["@victim"]}, "gọi lại chính nó"),
        ({}, {"child": ["@victim"] * 30, "victim": ["@surnames"] * 3_000}, "hơn 20000 cụm từ"),
        ({"own-trick": NEW | {"patterns": ["!<(|) ngọc ~" + "9" * 5_000]}}, {}, "own-trick"),
        ({"own-trick": NEW | {"patterns": ["(" * 1_000_000]}}, {}, "nhiều nhất 2000 ký tự"),
        ({"identity-name": "unbounded"}, {}, "identity-name"),
        ({"identity-name": "no options"}, {}, "identity-name"),
        ({"text-too-long": "huge"}, {}, "text-too-long"),
    ],
)
def test_what_is_wrong_or_weakens_the_protection_never_counts(world, rules, words, said) -> None:  # type: ignore[no-untyped-def]
    change = {"warn": {"level": "warn"}, "lift": {"never_lifted": False}}
    change |= {"later": {"valid_from": "2099-01-01"}, "no options": {"options": []}}
    change |= {"unbounded": {"options": {"near_reach": 10**9, "yields_to": ["changed-name"]}}}
    change |= {"huge": {"options": {"characters": 10**12}}}
    rules = {key: row_of(None, key) | change[row] if isinstance(row, str) else row for key, row in rules.items()}
    version = new_version(based_on=None, author=world.chief, why="Thử", rules=rules, words=words)
    assert any(said in fault for fault in faults(version))
    with pytest.raises(ValidationError):
        choose(version=version, by=world.chief, why="Vẫn muốn dùng")
    assert current_book() is shipped()


def test_patterns_that_make_a_check_slow_never_count(world: StaffWorld) -> None:
    slow = ["em " + f"~15 em ~{gap} em " * 4 + "xanh" for gap in range(4, 15)]
    rule = NEW | {"patterns": slow, "true_cases": ["em " * 9 + "xanh"], "false_cases": ["Ngọc."]}
    version = new_version(based_on=None, author=world.chief, why="Thử", rules={"own-trick": rule})
    (fault,) = faults(version)
    assert "300" in fault or "1500" in fault


def test_versions_are_never_changed_and_say_what_they_changed(world: StaffWorld) -> None:
    first = new_version(
        based_on=None, author=world.chief, why="Một", words={"victim": [*shipped().words["victim"], "x y"]}
    )
    second = new_version(based_on=first, author=world.chief, why="Hai", rules={"own-trick": NEW})
    assert (first.number, second.number) == (1, 2)
    assert differences(content_of(None), content_of(first)) == [("victim", [("+", "x y")])]
    ((name, lines),) = differences(content_of(first), content_of(second))
    assert name == "own-trick"
    assert all(mark == "+" for mark, _line in lines)
    with pytest.raises(ValueError, match="never changed"):
        first.save()
    for why, rules in (("", {"own-trick": NEW}), ("Không đổi gì", None)):
        with pytest.raises(ValidationError):
            new_version(based_on=second if rules is None else None, author=world.chief, why=why, rules=rules)


@pytest.mark.parametrize(
    "role", ["author", "translator", "native_reviewer", "approver", "channel_manager", "report_signer"]
)
def test_only_the_senior_editor_comes_to_the_rules(world: StaffWorld, role: str) -> None:
    client = world.client(role)
    for address in (
        reverse("loa_rules"),
        reverse("loa_rule", args=["identity-name"]),
        reverse("loa_rules_version", args=[0]),
    ):
        assert client.get(address).status_code in (302, 403)
        assert client.post(address, {"why": "x"}).status_code in (302, 403, 405)
    assert not RulebookVersion.objects.exists()
    assert not RulebookChoice.objects.exists()


def test_the_senior_editor_changes_a_rule_on_screen(world: StaffWorld) -> None:
    client = world.client("senior_editor")
    assert "identity-name" in client.get(reverse("loa_rules")).content.decode()
    address = reverse("loa_rule", args=["wording-caution"])
    shown = client.get(address)
    data = filled(shown.context["form"], shown.context["patterns"])
    last = len(shown.context["patterns"].forms) - 1
    data |= {f"patterns-{last}-pattern": "số phận hẩm hiu", f"patterns-{last}-use": "hoàn cảnh"}
    data["true_cases"] += "\nSố phận hẩm hiu của họ."
    assert client.post(address, data | {"why": ""}).status_code == 200, "without a reason nothing is stored"
    answer = client.post(address, data | {"why": "Từ thương hại"})
    assert answer.status_code == 302, [answer.context[name].errors for name in ("form", "patterns")]
    version = RulebookVersion.objects.get()
    assert answer.url == reverse("loa_rules_version", args=[version.number])
    assert version.content["rules"]["wording-caution"]["version"] == row_of(None, "wording-caution")["version"] + 1
    page = client.get(answer.url).content.decode()
    assert "số phận hẩm hiu" in page
    assert client.post(answer.url, {"why": "Đã thử"}).url == reverse("loa_rules")
    assert "wording-caution" in codes("Số phận hẩm hiu của họ.")
    assert "wording-caution" in codes("Cuộc đời tủi nhục."), "what was there is still found"


def test_a_word_list_is_changed_on_screen(world: StaffWorld) -> None:
    client, address = world.client("senior_editor"), reverse("loa_rules_words", args=["districts"])
    phrases = [*shipped().words["districts"], "huyện hư cấu"]
    answer = client.post(address, {"phrases": "\n".join(phrases), "why": "Thiếu một huyện"})
    client.post(answer.url, {"why": "Đã thử"})
    assert codes("Mời bà con huyện hư cấu đến dự.") == {"outdated-district"}
    assert client.get(reverse("loa_rules_words", args=["khong-co"])).status_code == 404


def filled(form, patterns) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What a browser would send of the two forms as they were shown."""
    data = {}
    for bound in [form, patterns.management_form, *patterns.forms]:
        for field in bound:
            value = field.field.prepare_value(field.value()) if field.value() is not None else ""
            data[field.html_name] = "" if value in (None, False) else str(value)
    return data


def test_a_choice_made_elsewhere_holds_with_the_next_check(world: StaffWorld) -> None:
    """Another process only leaves rows: nothing in this one is told, and nothing here is kept that could be stale."""
    assert codes() == set()
    version = new_version(based_on=None, author=world.chief, why="Mới", rules={"own-trick": NEW})
    RulebookChoice.objects.create(version=version, by=world.chief, why="Ở máy khác")
    assert codes() == {"own-trick"}
    RulebookChoice.objects.create(version=None, by=world.chief, why="Ở máy khác")
    assert codes() == set()


def test_a_check_asks_for_the_version_once(world: StaffWorld, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    codes()
    with django_assert_num_queries(1):
        codes()
