"""The table of platforms in docs/platforms.md, made from the code: ``python -m tests.platform_table``."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publishers.platform import Option, Platform

PAGE = Path(__file__).resolve().parent.parent / "docs" / "platforms.md"
BEGIN, END = "<!-- platforms: begin -->\n", "<!-- platforms: end -->\n"
HEAD = "| name | for staff | takes | options | secrets | edits | deletes | can be asked |\n" + "|---" * 8 + "|\n"


def table() -> str:
    """The table as it has to be, one row a platform."""
    from django.utils.translation import override

    from publishers.registry import platforms

    with override("en"):
        rows = [_row(platform) for _name, platform in sorted(platforms().items())]
    return HEAD + "".join(rows)


def _row(platform: "Platform") -> str:
    def names(declared: "Sequence[Option]") -> str:
        return ", ".join(f"`{one.name}`" for one in declared) or "–"

    def yes(flag: bool) -> str:
        return "yes" if flag else "no"

    cells = (
        f"`{platform.name}`",
        str(platform.label),
        platform.text,
        names(platform.options),
        names(platform.secrets),
        yes(platform.can_edit),
        yes(platform.can_delete),
        yes(platform.reconcilable),
    )
    return f"| {' | '.join(cells)} |\n"


def shown(page: Path = PAGE) -> str:
    """The table as the page has it."""
    return page.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def write(page: Path = PAGE) -> None:
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(before + BEGIN + table() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    import django

    django.setup()
    write()
