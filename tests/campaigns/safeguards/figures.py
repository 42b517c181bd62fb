"""``python -m tests.campaigns.safeguards.figures``: precision and recall per rule, on both sets."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    django.setup()
    from tests.campaigns.safeguards.labelled import levels, measured

    for title, pattern, with_texts in (
        ("labelled before the rules", "sentences_*.tsv", True),
        ("held out, first set", "held_out_1.tsv", False),
        ("held out, second set", "held_out_2.tsv", False),
        ("held out, third set", "held_out_3.tsv", False),
        ("held out, fourth set", "held_out_4.tsv", False),
        ("held out, fifth set", "held_out_5.tsv", False),
        ("held out, sixth set", "held_out_6.tsv", False),
    ):
        for level in ("block", "warn"):
            score = measured(level, pattern, with_texts=with_texts)
            print(f"\n{title}: {level}\n{'code':24}{'right':>6}{'wrong':>6}{'missed':>7}{'prec.':>7}{'recall':>7}")
            for code in [code for code, of in levels().items() if of == level] + [""]:
                counts = (score.right, score.wrong, score.missed)
                right, wrong, missed = (count[code] if code else count.total() for count in counts)
                if right + wrong + missed:
                    shares = f"{score.precision(code or None):7.3f}{score.recall(code or None):7.3f}"
                    print(f"{code or 'total':24}{right:6}{wrong:6}{missed:7}{shares}")
            for fault in score.faults:
                print("  ", fault)


if __name__ == "__main__":
    main()
