#include "desk/roster/shifts.h"

#include "base/assert.h"
#include "desk/roster/layer_plan.h"

namespace vedette::desk {
namespace {

bool covers(WallTime from, WallTime to, WallTime at) { return from <= at && at < to; }

struct Substitution {
  WallTime from{}, to{};
  std::string_view out, in;
};

std::vector<Substitution> substitutions(const Tier& tier, const RosterFacts& facts) {
  std::vector<Substitution> out;
  for (const auto& swap : facts.swaps) {
    if (swap.tier != tier.id || swap.state != SwapState::kAccepted) continue;
    out.push_back({swap.from, swap.to, swap.giver, swap.taker});
    if (swap.back_from && swap.back_to)
      out.push_back({*swap.back_from, *swap.back_to, swap.taker, swap.giver});
  }
  return out;
}

class TierAt {
 public:
  TierAt(const Tier& tier, const RosterFacts& facts, WallTime from, WallTime to)
      : tier_(tier), facts_(facts), substitutions_(substitutions(tier, facts)) {
    for (const auto& layer : tier.layers) plans_.emplace_back(layer, from, to);
    for (const auto& leave : facts.leaves) {
      if (leave.to > from && leave.from < to) leaves_[leave.person].push_back(&leave);
    }
  }

  std::vector<WallTime> cuts(WallTime from, WallTime to) const {
    std::vector<WallTime> cuts;
    auto add = [&](WallTime begin, WallTime end) {
      cuts.push_back(begin);
      cuts.push_back(end);
    };
    for (const auto& plan : plans_) plan.add_cuts(cuts);
    for (const auto& one : facts_.overrides) {
      if (one.tier == tier_.id) add(one.from, one.to);
    }
    for (const auto& one : substitutions_) add(one.from, one.to);
    for (const auto& [person, leaves] : leaves_) {
      for (const auto* one : leaves) add(one->from, one->to);
    }
    std::erase_if(cuts, [&](WallTime cut) { return cut <= from || cut >= to; });
    add(from, to);
    std::ranges::sort(cuts);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    return cuts;
  }

  Shift at(WallTime time) const {
    Shift shift;
    for (std::size_t i = tier_.layers.size(); i-- > 0 && shift.person.empty();) {
      if (auto turn = plans_[i].turn_at(time)) take_turn(tier_.layers[i], *turn, time, shift);
    }
    for (const auto& one : facts_.overrides) {
      if (one.tier != tier_.id || !covers(one.from, one.to, time)) continue;
      shift = Shift{.person = one.person, .override_id = one.id};
    }
    for (const auto& one : substitutions_) {
      if (shift.person != one.out || !covers(one.from, one.to, time)) continue;
      if (shift.swapped_from.empty()) shift.swapped_from = shift.person;
      shift.person = one.in;
    }
    if (shift.swapped_from == shift.person) shift.swapped_from.clear();
    shift.on_leave = is_on_leave(shift.person, time);
    return shift;
  }

 private:
  bool is_on_leave(const std::string& person, WallTime time) const {
    auto found = leaves_.find(person);
    return found != leaves_.end() && std::ranges::any_of(found->second, [&](const Leave* leave) {
             return covers(leave->from, leave->to, time);
           });
  }

  void take_turn(const Layer& layer, std::int64_t turn, WallTime time, Shift& shift) const {
    auto count = layer.members.size();
    auto first = static_cast<std::size_t>(turn) % count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& person = layer.members[(first + i) % count];
      if (is_on_leave(person, time)) continue;
      shift.person = person;
      shift.layer = layer.name;
      if (i > 0) shift.stands_in = layer.members[first];
      return;
    }
  }

  const Tier& tier_;
  const RosterFacts& facts_;
  std::vector<Substitution> substitutions_;
  std::vector<LayerPlan> plans_;
  std::map<std::string, std::vector<const Leave*>> leaves_;
};

}  // namespace

bool Shift::same_duty(const Shift& other) const {
  Shift mine = *this;
  mine.from = other.from;
  mine.to = other.to;
  return mine == other;
}

std::vector<Shift> shifts_of(const Tier& tier, const RosterFacts& facts, WallTime from, WallTime to) {
  VEDETTE_ASSERT(from < to && to - from <= RosterLimits::kComputed);
  TierAt tier_at(tier, facts, from, to);
  auto cuts = tier_at.cuts(from, to);
  std::vector<Shift> shifts;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    auto shift = tier_at.at(cuts[i]);
    shift.from = cuts[i];
    shift.to = cuts[i + 1];
    if (!shifts.empty() && shifts.back().same_duty(shift))
      shifts.back().to = shift.to;
    else
      shifts.push_back(std::move(shift));
  }
  return shifts;
}

Shift on_duty(const Tier& tier, const RosterFacts& facts, WallTime at) {
  return shifts_of(tier, facts, at, at + std::chrono::milliseconds(1)).front();
}

std::vector<CoverageGap> gaps_of(const Roster& roster, const RosterFacts& facts, WallTime from, WallTime to) {
  std::vector<CoverageGap> gaps;
  for (const auto& tier : roster.tiers) {
    for (const auto& shift : shifts_of(tier, facts, from, to)) {
      if (!shift.person.empty() && !shift.on_leave) continue;
      gaps.push_back({tier.id, shift.from, shift.to, shift.person});
    }
  }
  return gaps;
}

}  // namespace vedette::desk
