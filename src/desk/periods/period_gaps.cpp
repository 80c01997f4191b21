#include "desk/periods/period_gaps.h"

namespace vedette::desk {
namespace {

// Shifts of one rotation, read from left to right.
class Line {
 public:
  explicit Line(std::vector<Shift> shifts) : shifts_(std::move(shifts)) {}
  const std::vector<Shift>& shifts() const { return shifts_; }
  // `at` never goes back.
  const Shift& at(WallTime at) {
    while (shifts_[next_].to <= at) ++next_;
    return shifts_[next_];
  }

 private:
  std::vector<Shift> shifts_;
  std::size_t next_ = 0;
};

void add_once(std::vector<std::string>& ids, const std::string& id) {
  if (std::ranges::count(ids, id) == 0) ids.push_back(id);
}

}  // namespace

std::vector<PeriodGap> gaps_of_period_tier(const Tier& tier, const RosterFacts& facts, const PeriodTier& one,
                                           const std::set<std::string>& reachable, WallTime from,
                                           WallTime to) {
  std::vector<Line> lines;
  lines.emplace_back(shifts_of(tier, facts, from, to));
  // Overrides and swaps are the tier's own.
  const RosterFacts beside{.leaves = facts.leaves};
  for (const auto& layer : one.beside) lines.emplace_back(shifts_of({.layers = {layer}}, beside, from, to));
  std::set<WallTime> cuts{to};
  for (const auto& line : lines) {
    for (const auto& shift : line.shifts()) cuts.insert(shift.from);
  }
  std::vector<PeriodGap> gaps;
  for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut) {
    PeriodGap gap{one.roster_id, one.tier, *cut, *std::next(cut), one.people};
    for (auto& line : lines) {
      const auto& shift = line.at(*cut);
      if (shift.person.empty()) continue;
      const bool counts = !shift.on_leave && reachable.contains(shift.person);
      add_once(counts ? gap.there : gap.not_counted, shift.person);
    }
    if (static_cast<int>(gap.there.size()) >= one.people) continue;
    auto* last = gaps.empty() ? nullptr : &gaps.back();
    if (last && last->to == gap.from && last->there == gap.there && last->not_counted == gap.not_counted)
      last->to = gap.to;
    else
      gaps.push_back(std::move(gap));
  }
  return gaps;
}

}  // namespace vedette::desk
