"""A small public site with real models: two languages and a spoken one, samples, events, hotlines.

People, halls and phone numbers other than 111 and 113 are invented.
"""

import dataclasses
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.utils import timezone
from PIL import Image, ImageDraw
from wagtail.models import Collection, Locale, Page, Site

from campaigns.models import (
    Agency,
    EventPage,
    Hotline,
    Language,
    MaterialGroupText,
    MaterialPage,
    Place,
    ProgrammeItem,
    RightsText,
    SectionPage,
    TargetGroup,
)
from cms.models import HomePage
from media.models import Picture, Recording

SOUND = Path(__file__).parent.parent / "media" / "recordings" / "place.mp3"
PASSAGE = (
    "Người bị mua bán không có lỗi. Luật Phòng, chống mua bán người bảo vệ nạn nhân và cả người đang trong quá "
    "trình xác định là nạn nhân.\n\nHọ được hỗ trợ ăn ở, khám chữa bệnh, tâm lý, học nghề và được trợ giúp pháp lý "
    "miễn phí."
)
EVENT_START = dt.datetime(2027, 7, 30, 0, 30, tzinfo=dt.UTC)  # 07:30 in Lào Cai
BODY: list[dict[str, Any]] = [
    {"type": "paragraph", "value": "<p>Người mời làm thật thì không ngại mình hỏi. <b>Ai giục</b> là đáng ngờ.</p>"},
    {"type": "heading", "value": "Bảy câu hỏi trước khi lên xe"},
    {
        "type": "steps",
        "value": [
            {
                "title": "Làm việc gì, mấy giờ một ngày?",
                "text": "“Ngồi máy tính, chát với khách” mà lương cao gấp mấy.",
            },
            {"title": "Ai giữ giấy tờ, điện thoại?", "text": "Chỉ có một câu trả lời đúng: tôi tự giữ."},
            {"title": "Muốn về thì về bằng cách nào?", "text": "Ai nói “muốn về phải nộp tiền” thì đừng đi."},
        ],
    },
    {
        "type": "signs",
        "value": {
            "title": "Chặng đường đáng ngờ",
            "items": ["Đổi xe nhiều lần, đi đêm, tắt điện thoại", "Bắt rủ thêm bạn bè, người thân mới được thả"],
        },
    },
    {"type": "rights", "value": None},
    {"type": "hotlines", "value": {"note": "Gọi hỏi trước khi đi. Một cuộc gọi không mất tiền."}},
]


@dataclasses.dataclass
class PublicSite:
    """The pages of the tree, by what they are."""

    home: HomePage
    materials: SectionPage
    events: SectionPage
    material: MaterialPage
    sample: MaterialPage
    event: EventPage
    sample_event: EventPage
    home_mong: HomePage
    material_mong: MaterialPage
    material_giay: MaterialPage


def make_languages() -> None:
    """Locales and languages as the reference data has them."""
    rows = (
        ("vi", "vi", "Tiếng Việt", "Tiếng Việt", False),
        ("mong-vn", "hmn-x-vn", "Mông (chữ Mông Việt Nam)", "Hmôngz", False),
        ("giay", "pcc-x-giay", "Giáy", "Giáy", True),
        ("en", "en", "Tiếng Anh", "English", False),
    )
    for order, (key, code, name, own_name, spoken) in enumerate(rows):
        Locale.objects.get_or_create(language_code=code)
        values = {"code": code, "name_vi": name, "own_name": own_name, "spoken_only": spoken, "order": order}
        Language.objects.update_or_create(key=key, defaults=values)


def make_vocabulary() -> None:
    """Hotlines, groups and the Vietnamese rights text."""
    today = timezone.localdate()
    rows: list[tuple[Any, ...]] = [
        ("111", "Tổng đài quốc gia về phòng, chống mua bán người", "Bộ Y tế", "24/7, gọi miễn phí", None, 1),
        ("113", "Công an (khẩn cấp)", "Bộ Công an", "24/7", None, 2),
        ("0999 000 111", "Đường dây đã ngừng (hư cấu)", "Không có", "", today - dt.timedelta(days=1), 0),
    ]
    for number, name, owner, hours, until, order in rows:
        values = {"name": name, "owner": owner, "hours": hours, "valid_until": until, "order": order}
        more = {"source": "test", "checked_on": today}
        Hotline.objects.update_or_create(number=number, scope="Toàn quốc", defaults=values | more)
    groups = (("parents", "Cha mẹ, ông bà", 6), ("youth", "Thanh niên", 3))
    for key, name, order in groups:
        TargetGroup.objects.update_or_create(key=key, defaults={"name": name, "order": order})
    values = {"sentence": "Người bị mua bán có quyền được bảo vệ.", "passage": PASSAGE, "source": "Luật 53/2024/QH15"}
    RightsText.objects.update_or_create(
        language=Language.objects.get(key="vi"), valid_from=dt.date(2025, 7, 1), defaults=values
    )


def make_picture(title: str = "Chợ phiên") -> Picture:
    """A picture of 1200 × 800 with something in it: hills under a sun."""
    image = Image.new("RGB", (1200, 800), "#f3dba8")
    draw = ImageDraw.Draw(image)
    draw.ellipse((820, 90, 1020, 290), fill="#d8552f")
    for step, colour in enumerate(("#7ea08c", "#47766a", "#12433b")):
        top = 330 + step * 130
        hills = [(x, top + (90 if (x // 200 + step) % 2 else 0)) for x in range(0, 1401, 200)]
        draw.polygon([*hills, (1400, 800), (0, 800)], fill=colour)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    picture = Picture(title=title, alt_text="Núi đồi và mặt trời, tranh vẽ", credit="Tranh: nhóm Loa")
    picture.file = ImageFile(io.BytesIO(file.getvalue()), name="cho-phien.jpg")
    picture.save()
    return picture


def make_home(title: str, code: str, parent: Page, slug: str, key: Any = None) -> HomePage:
    home = HomePage(title=title, slug=slug, locale=Locale.objects.get(language_code=code))
    home.intro = (
        "<p>Đi làm xa, đi chợ, kết bạn trên mạng: những điều nên biết để mình và người nhà luôn có đường về.</p>"
    )
    if key:
        home.translation_key = key
    parent.add_child(instance=home)
    return home


def translated(page: Any, parent: Page, code: str, **fields: Any) -> Any:
    """A live page of another language beside ``page``."""
    values = {"slug": page.slug, "summary": "", "body": [], "translation_key": page.translation_key}
    copy = type(page)(locale=Locale.objects.get(language_code=code), **(values | fields))
    parent.add_child(instance=copy)
    return copy


def make_event(parent: SectionPage, **fields: Any) -> EventPage:
    province, _ = Place.objects.get_or_create(level="province", code="15", name="Tỉnh Lào Cai")
    ward, _ = Place.objects.get_or_create(level="commune", code="02647", name="Phường Lào Cai", parent=province)
    agency, _ = Agency.objects.get_or_create(key="ubnd-phuong-lao-cai", defaults={"name": "UBND phường Lào Cai"})
    values = {
        "starts_at": EVENT_START,
        "ends_at": EVENT_START + dt.timedelta(hours=2, minutes=30),
        "place": ward,
        "venue": "Nhà văn hóa phường (hư cấu)",
        "organiser": agency,
        "body": BODY[:1],
        "summary": "Mít tinh, tiểu phẩm, góc tư vấn riêng. Ai cũng có thể đến, không cần đăng ký.",
    }
    event = EventPage(locale=parent.locale, **(values | fields))
    event.programme = [
        ProgrammeItem(time="07:30", text="Đón bà con, phát tờ gấp, văn nghệ"),
        ProgrammeItem(time="08:20", text="Tiểu phẩm “Tin nhắn lúc nửa đêm”"),
    ]
    parent.add_child(instance=event)
    return event


def make_material(parent: SectionPage, picture: Picture) -> MaterialPage:
    material = MaterialPage(
        title="Việc nhẹ lương cao: bảy câu hỏi trước khi lên xe",
        slug="bay-cau-hoi",
        locale=parent.locale,
        summary="Bảy câu hỏi để thử một lời mời đi làm xa, và việc cần làm nếu đang bị giữ trong khu lừa đảo qua mạng.",
        body=BODY,
        cover=picture,
        last_published_at=timezone.now(),
    )
    material.group_texts = [
        MaterialGroupText(group=TargetGroup.objects.get(key=key), lead=lead, locale=parent.locale)
        for key, lead in (
            ("parents", "Tiễn con đi làm xa: giúp con hỏi cho rõ, giữ một đường dây gọi về."),
            ("youth", "Bạn rủ bạn là cách kẻ lừa đảo hay dùng. Thương bạn thì hỏi giúp bạn."),
        )
    ]
    parent.add_child(instance=material)
    return material


def make_recording() -> Recording:
    recording = Recording(title="Bảy câu hỏi, tiếng Giáy", language_tag="pcc-x-giay", seconds=125, synthetic=False)
    recording.transcript = "Người mời làm thật thì không ngại mình hỏi."
    recording.file.save("bay-cau-hoi.mp3", ContentFile(SOUND.read_bytes()))
    return recording


def build() -> PublicSite:
    """Build the site; what migrations made may be there or flushed away."""
    make_languages()
    make_vocabulary()
    vi = Locale.objects.get(language_code="vi")
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=vi)
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")
    for old in root.get_children():
        old.delete()
    root = Page.objects.get(pk=root.pk)
    home = make_home("Đi đâu cũng có đường về", "vi", root, "loa")
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": home, "site_name": "Loa"}
    )
    materials = SectionPage(title="Tài liệu", slug="tai-lieu", locale=vi, intro="<p>Đọc, nghe, gửi cho nhau.</p>")
    events = SectionPage(title="Sự kiện", slug="su-kien", locale=vi)
    home.add_child(instance=materials)
    home.add_child(instance=events)
    material = make_material(materials, make_picture())
    sample = MaterialPage(
        title="Bạn mới trên mạng", slug="ban-moi", locale=vi, summary="Chậm một nhịp.", is_sample=True
    )
    materials.add_child(instance=sample)
    event = make_event(
        events, title="Mít tinh hưởng ứng Ngày toàn dân phòng, chống mua bán người 30/7", slug="mit-tinh"
    )
    past = EVENT_START - dt.timedelta(days=700)
    sample_event = make_event(
        events, title="Hội chuyện đi xa", slug="hoi-chuyen", is_sample=True, starts_at=past, ends_at=None
    )
    home_mong = make_home("Moo teb chaws", "hmn-x-vn", root, "loa-mong", home.translation_key)
    home_giay = make_home("Trang tiếng Giáy", "pcc-x-giay", root, "loa-giay", home.translation_key)
    home_mong.intro = home_giay.intro = ""
    sections = []
    for other, code in ((home_mong, "hmn-x-vn"), (home_giay, "pcc-x-giay")):
        other.save()
        section = SectionPage(title="Tài liệu", slug="tai-lieu", locale=Locale.objects.get(language_code=code))
        section.translation_key = materials.translation_key
        other.add_child(instance=section)
        sections.append(section)
    lead = "Bản thử chữ Mông Việt Nam."
    mong = translated(material, sections[0], "hmn-x-vn", title="Xav lus nug", summary=lead, is_sample=True)
    giay = translated(material, sections[1], "pcc-x-giay", title="Bảy câu hỏi", recording=make_recording())
    return PublicSite(home, materials, events, material, sample, event, sample_event, home_mong, mong, giay)


@pytest.fixture
def public_site(db: None) -> PublicSite:
    """A small public site in the database of the test."""
    return build()
