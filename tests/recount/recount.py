"""Counts a reach report again from the CSV files of export_ledger. Imports no code of the project.

Written from docs/export.md alone:

    python tests/recount/recount.py DIR --from 2026-07-01 --to 2026-09-30 --plan KEY [--plan KEY …] [--rehearsal]

prints ``{"figures": {"indicator:basis": n}, "reached": [place ids], "communes": n, "by_place": {…}, …}``.
"""

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

METRIC = {
    "views": ("views", 0),
    "post_media_view": ("views", 1),
    "total_view": ("views", 2),
    "post_video_views": ("views", 3),
    "reactions": ("reactions", 0),
    "post_reactions_by_type_total": ("reactions", 1),
    "total_reaction": ("reactions", 2),
    "post_total_media_view_unique": ("reach", 0),
}


def read(folder, name):
    with (Path(folder) / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Recount:
    def __init__(self, folder, first, last, plans, rehearsal):
        self.first, self.last, self.plans, self.rehearsal = first, last, set(plans), "1" if rehearsal else "0"
        self.files = {
            n: read(folder, n) for n in ("deliveries", "readings", "clicks", "plays", "activities", "places")
        }
        self.places = {p["place_id"]: p for p in self.files["places"]}
        self.after = {p: [s for s in row["successor_ids"].split(";") if s] for p, row in self.places.items()}
        self.before = defaultdict(list)
        for old, news in self.after.items():
            for new in news:
                self.before[new].append(old)
        # (indicator, basis, value, line, located)
        self.lines = []
        self.crossing = 0
        self.overlapping = []
        self.count()

    def counts(self, line, first, last=None):
        last = last or first
        if (
            line["rehearsal"] != self.rehearsal
            or (line["plan"] and line["plan"] not in self.plans)
            or not first
        ):
            return False
        if self.first <= first and last <= self.last:
            return True
        if first <= self.last and last >= self.first:
            self.crossing += 1
        return False

    def add(self, indicator, basis, value, line, kind):
        self.lines.append((indicator, basis, int(value), line, kind))

    def count(self):
        for d in self.files["deliveries"]:
            if d["posted_by_hand_on"] and self.counts(d, d["posted_by_hand_on"]):
                self.add("manual_posts", "declared", 1, d, "hand")
            if d["platform"] in ("loudspeaker", "manual") or d["state"] not in ("sent", "withdrawn"):
                continue
            if d["sent_on"] and self.counts(d, d["sent_on"]):
                self.add("posts", "measured", d["state"] == "sent", d, "post")
        self.readings()
        for c in self.files["clicks"]:
            if int(c["clicks"]) and self.counts(c, c["day"]):
                self.add("clicks", "measured", c["clicks"], c, "click")
        corrected = {p["corrects_id"] for p in self.files["plays"]}
        for p in self.files["plays"]:
            if p["play_id"] not in corrected and int(p["seconds"]) and self.counts(p, p["played_on"]):
                self.add("loud_plays", p["basis"], 1, p, "play")
                self.add("loud_minutes", p["basis"], p["seconds"], p, "play")
        self.results()

    def readings(self):
        deliveries = {d["delivery_id"]: d for d in self.files["deliveries"]}
        newest = {}
        for r in self.files["readings"]:
            if r["metric"] in METRIC:
                key = (r["delivery_id"], r["metric"])
                age = (r["read_at"], int(r["reading_id"]))
                if key not in newest or age > newest[key][0]:
                    newest[key] = (age, r["value"])
        best = {}
        for (delivery, metric), (_age, value) in newest.items():
            indicator, rank = METRIC[metric]
            if (delivery, indicator) not in best or rank < best[(delivery, indicator)][0]:
                best[(delivery, indicator)] = (rank, value)
        for (delivery, indicator), (_rank, value) in best.items():
            line = deliveries[delivery]
            if self.counts(line, line["sent_on"]):
                self.add(indicator, "measured", value, line, "reading")

    def results(self):
        corrected = {a["corrects_id"] for a in self.files["activities"]}
        totals = []
        for a in self.files["activities"]:
            if a["result_id"] in corrected or not self.counts(a, a["from"], a["to"]):
                continue
            if a["is_total"] == "1":
                totals.append(a)
            else:
                self.result(a, "result")
        for a in totals:
            if any(self.overlap(a, b) for b in totals):
                self.overlapping.append(a["result_id"])
            else:
                self.result(a, "total")

    def result(self, a, kind):
        value = int(a["value"]) * (60 if a["indicator"] == "loud_minutes" else 1)
        self.add(a["indicator"], a["basis"], value, a, kind)

    def overlap(self, a, b):
        def parted(column):
            return a[column] and b[column] and a[column] != b[column]

        return (
            a["activity_id"] != b["activity_id"]
            and a["agency"] == b["agency"]
            and a["indicator"] == b["indicator"]
            and a["from"] <= b["to"]
            and b["from"] <= a["to"]
            and not parted("language")
            and not parted("group")
            and (
                not a["place_id"]
                or not b["place_id"]
                or b["place_id"] in self.up(a["place_id"])
                or a["place_id"] in self.up(b["place_id"])
            )
        )

    # --- places -----------------------------------------------------------------------------------

    def up(self, place):
        line = []
        while place:
            line.append(place)
            place = self.places[place]["parent_id"]
        return line

    def units(self, level, day):
        return {
            p
            for p, row in self.places.items()
            if row["level"] == level
            and (not row["valid_from"] or row["valid_from"] <= day)
            and (not row["valid_to"] or row["valid_to"] >= day)
        }

    def enclosing(self, place, units):
        return next((one for one in self.up(place) if one in units), None)

    def locate(self, place, units):
        if not place:
            return None
        own = self.enclosing(place, units)
        if own:
            return own
        for step in (self.after, self.before):
            ends = self.ends(place, step, units)
            if ends - {None}:
                return ends.pop() if len(ends) == 1 else None
        return None

    def ends(self, place, step, units):
        found = set()
        for one in step.get(place, ()):
            hit = self.enclosing(one, units)
            found |= {hit} if hit else (self.ends(one, step, units) or {None})
        return found

    # --- what is printed --------------------------------------------------------------------------

    def figures(self, key=lambda line: [""]):
        sums = defaultdict(lambda: defaultdict(int))
        for indicator, basis, value, line, _kind in self.lines:
            for name in key(line):
                sums[name][f"{indicator}:{basis}"] += value
        return {name: dict(values) for name, values in sums.items()}

    def reached(self):
        units = self.units("commune", self.last)
        hit = {
            self.locate(line["place_id"], units)
            for _indicator, _basis, value, line, kind in self.lines
            if kind in ("play", "result") and value > 0
        }
        return sorted(hit - {None}, key=int), len(units)

    def by_place(self, level, day):
        units = self.units(level, day)
        return self.figures(lambda line: [self.locate(line["place_id"], units) or ""])

    def everything(self):
        reached, communes = self.reached()
        return {
            "figures": self.figures().get("", {}),
            "reached": [int(place) for place in reached],
            "communes": communes,
            "crossing": self.crossing,
            "overlapping": sorted(int(one) for one in self.overlapping),
            "by_language": self.figures(lambda line: [line["language"]]),
            "by_group": self.figures(lambda line: [line["group"]]),
            "by_agency": self.figures(lambda line: [line["agency"]]),
            "by_form": self.figures(lambda line: [line["form"]]),
            "by_head": self.figures(lambda line: line["heads"].split(";")),
            "by_commune": self.by_place("commune", self.last),
            "by_district": self.by_place("district", "2023-12-31"),
        }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder")
    parser.add_argument("--from", dest="first", required=True)
    parser.add_argument("--to", dest="last", required=True)
    parser.add_argument("--plan", action="append", required=True, help="keys of the plan and of its chain")
    parser.add_argument("--rehearsal", action="store_true")
    given = parser.parse_args()
    count = Recount(given.folder, given.first, given.last, given.plan, given.rehearsal)
    print(json.dumps(count.everything(), sort_keys=True))


if __name__ == "__main__":
    main()
