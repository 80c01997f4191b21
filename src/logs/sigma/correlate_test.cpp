#include "logs/sigma/correlate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace {

// Rules a, b, c hold for events with `kind` of that name.
RuleSet rules_with(const std::string& correlations) {
  std::string text;
  for (const char* name : {"a", "b", "c"})
    text += std::string("title: ") + name + "\nname: " + name +
            "\nlogsource: {product: t}\ndetection: {s: {kind: " + name + "}, condition: s}\n---\n";
  RuleSet set;
  read_rules(text + correlations, "t.yml", {}, set);
  for (const auto& refusal : set.refused) ADD_FAILURE() << refusal.line << ": " << refusal.reason;
  return set;
}

std::string correlation(const std::string& type, const std::string& rest, const std::string& rules = "[a]") {
  return "title: x\nname: x\ncorrelation: {type: " + type + ", rules: " + rules +
         ", group-by: [user], timespan: 10s" + (rest.empty() ? "" : ", " + rest) + "}\n";
}

struct Happening {
  std::int64_t at_s;
  char kind;
  std::string user, value;
};

struct Found {
  std::int64_t at_s;
  std::string group;
  double value;
  bool operator==(const Found&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << found.at_s << " s, " << found.group << ", " << found.value;
}

const std::vector<Pipeline> kNoPipelines;

std::vector<Found> found_in(Correlator& correlator) {
  std::vector<Found> out;
  for (const auto& match : correlator.take())
    out.push_back({to_unix_ms(match.time) / 1000, match.group.empty() ? "" : match.group[0], match.value});
  return out;
}

void add(Correlator& correlator, const RuleSet& set, const Happening& one) {
  const std::string kind(1, one.kind);
  const Field fields[] = {{.name = "kind", .value = kind},
                          {.name = "user", .value = one.user},
                          {.name = "value", .value = one.value}};
  const EventView event{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = {}};
  for (std::size_t i = 0; i < set.rules.size(); ++i) {
    if (holds(set.rules[i], event)) correlator.add(i, event, from_unix_ms(one.at_s * 1000));
  }
}

std::vector<Found> run(const std::string& correlations, const std::vector<Happening>& happenings,
                       Correlator::Limits limits = {}) {
  const auto set = rules_with(correlations);
  Correlator correlator(set, kNoPipelines, limits);
  for (const auto& one : happenings) add(correlator, set, one);
  correlator.finish();
  return found_in(correlator);
}

TEST(CorrelateTest, CountsEvents) {
  const auto text = correlation("event_count", "condition: {gte: 3}");
  EXPECT_EQ(run(text, {{0, 'a', "u", ""}, {4, 'a', "u", ""}, {9, 'a', "u", ""}}),
            (std::vector<Found>{{9, "u", 3}}));
  EXPECT_TRUE(run(text, {{0, 'a', "u", ""}, {4, 'a', "u", ""}, {10, 'a', "u", ""}}).empty()) << "too slow";
  EXPECT_TRUE(run(text, {{0, 'a', "u", ""}, {4, 'a', "v", ""}, {9, 'a', "u", ""}}).empty()) << "two users";
  EXPECT_TRUE(run(text, {{0, 'a', "u", ""}, {4, 'b', "u", ""}, {9, 'a', "u", ""}}).empty()) << "another rule";
}

TEST(CorrelateTest, SaysItOnceATimespan) {
  std::vector<Happening> storm;
  for (int i = 0; i < 25; ++i) storm.push_back({i, 'a', "u", ""});
  EXPECT_EQ(run(correlation("event_count", "condition: {gte: 3}"), storm).size(), 3u);
}

TEST(CorrelateTest, TakesEventsByTheirTime) {
  const auto text = correlation("event_count", "condition: {gte: 3}");
  const std::vector<Happening> shuffled = {{9, 'a', "u", ""}, {0, 'a', "u", ""}, {4, 'a', "u", ""}};
  EXPECT_EQ(run(text, shuffled).size(), 1u);
  const auto set = rules_with(text);
  Correlator strict(set, kNoPipelines, {.lateness = std::chrono::milliseconds(2000)});
  for (const auto& one : shuffled) add(strict, set, one);
  strict.finish();
  EXPECT_EQ(found_in(strict), (std::vector<Found>{{9, "u", 3}})) << "their window was still kept";
  EXPECT_EQ(strict.counters().late, 2u);
  EXPECT_EQ(strict.counters().left_out, 0u);
}

// What `source` delivers at `received_s`.
void deliver(Correlator& correlator, const RuleSet& set, std::string_view source, std::int64_t received_s,
             const std::vector<Happening>& happenings) {
  Correlator::Delivery delivery{.source = source, .received = from_unix_ms(received_s * 1000)};
  for (const auto& one : happenings) {
    const auto time = from_unix_ms(one.at_s * 1000);
    delivery.newest = std::max(delivery.newest.value_or(time), time);
    const std::string kind(1, one.kind);
    const Field fields[] = {{.name = "kind", .value = kind},
                            {.name = "user", .value = one.user},
                            {.name = "value", .value = one.value}};
    const EventView event{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = {}};
    for (std::size_t i = 0; i < set.rules.size(); ++i)
      if (correlator.wants(i) && holds(set.rules[i], event))
        delivery.seen.push_back(correlator.see(i, event, time));
  }
  correlator.take_in(std::move(delivery));
  correlator.advance(from_unix_ms(received_s * 1000));
}

constexpr Correlator::Limits kTenSeconds{.lateness = std::chrono::seconds(10)};

TEST(CorrelateTest, ASourceThatLagsIsWaitedFor) {
  const auto set = rules_with(correlation("temporal_ordered", "", "[a, b, c]"));
  Correlator correlator(set, kNoPipelines, kTenSeconds);
  deliver(correlator, set, "slow", 1'008, {{1'000, 'c', "u", ""}});
  deliver(correlator, set, "quick", 1'008, {{995, 'b', "u", ""}, {1'008, 'b', "v", ""}});
  deliver(correlator, set, "slow", 1'009, {{991, 'a', "u", ""}});
  correlator.advance(from_unix_ms(1'100'000));
  EXPECT_EQ(found_in(correlator), (std::vector<Found>{{1'000, "u", 3}}));
  EXPECT_EQ(correlator.counters().late, 0u);
}

TEST(CorrelateTest, ASilentSourceHoldsNobodyBackAndAClockAheadCarriesNobodyAway) {
  const auto set = rules_with(correlation("event_count", "condition: {gte: 2}"));
  Correlator correlator(set, kNoPipelines, kTenSeconds);
  deliver(correlator, set, "silent", 1'000, {{1'000, 'b', "v", ""}});
  deliver(correlator, set, "ahead", 1'002, {{1'290, 'b', "v", ""}});
  deliver(correlator, set, "good", 1'003, {{1'001, 'a', "u", ""}, {1'002, 'a', "u", ""}});
  EXPECT_EQ(correlator.counters().late, 0u);
  deliver(correlator, set, "good", 1'012, {{1'012, 'b', "v", ""}});
  EXPECT_EQ(to_rfc3339(correlator.watermark()), "1970-01-01T00:16:42.000Z") << "10 s before the newest";
  EXPECT_EQ(found_in(correlator), (std::vector<Found>{{1'002, "u", 2}}));
}

TEST(CorrelateTest, WhatAWindowDoesNotReachIsLeftOutAndCounted) {
  const auto set = rules_with(correlation("event_count", "condition: {gte: 2}"));
  Correlator correlator(set, kNoPipelines, kTenSeconds);
  deliver(correlator, set, "one", 1'000, {{1'000, 'a', "u", ""}});
  deliver(correlator, set, "one", 1'011, {{1'011, 'b', "v", ""}});
  deliver(correlator, set, "other", 1'012, {{990, 'a', "u", ""}});
  deliver(correlator, set, "other", 1'013, {{1'000, 'b', "v", ""}});
  EXPECT_TRUE(found_in(correlator).empty());
  EXPECT_EQ(correlator.counters().late, 1u) << "of b no correlation speaks";
  EXPECT_EQ(correlator.counters().left_out, 1u);
  deliver(correlator, set, "other", 1'013, {{991, 'a', "u", ""}});
  correlator.finish();
  EXPECT_EQ(found_in(correlator), (std::vector<Found>{{1'000, "u", 2}})) << "told as of the window's end";
}

TEST(CorrelateTest, SourcesBeyondTheBoundAreOne) {
  const auto set = rules_with(correlation("event_count", "condition: {gte: 2}"));
  Correlator correlator(set, kNoPipelines, {.lateness = std::chrono::seconds(10), .sources_max = 1});
  deliver(correlator, set, "first", 1'000, {{1'000, 'a', "u", ""}});
  deliver(correlator, set, "second", 1'000, {{1'000, 'a', "u", ""}});
  correlator.finish();
  EXPECT_EQ(found_in(correlator).size(), 1u);
  EXPECT_EQ(correlator.counters().joined, 1u);
}

TEST(CorrelateTest, KnowsOrder) {
  const auto ordered = correlation("temporal_ordered", "", "[a, b, c]");
  EXPECT_EQ(run(ordered, {{0, 'a', "u", ""}, {1, 'b', "u", ""}, {2, 'c', "u", ""}}).size(), 1u);
  EXPECT_TRUE(run(ordered, {{0, 'b', "u", ""}, {1, 'a', "u", ""}, {2, 'c', "u", ""}}).empty());
  EXPECT_EQ(
      run(ordered, {{0, 'a', "u", ""}, {8, 'a', "u", ""}, {9, 'b', "u", ""}, {15, 'c', "u", ""}}).size(), 1u)
      << "the later beginning counts";
  const auto any_order = correlation("temporal", "", "[a, b]");
  EXPECT_EQ(run(any_order, {{0, 'b', "u", ""}, {1, 'a', "u", ""}}).size(), 1u);
  EXPECT_TRUE(run(any_order, {{0, 'b', "u", ""}, {1, 'a', "v", ""}}).empty());
  const auto extended = correlation("temporal", "condition: a and not b", "[a, b]");
  EXPECT_EQ(run(extended, {{0, 'a', "u", ""}}).size(), 1u);
  EXPECT_TRUE(run(extended, {{0, 'b', "u", ""}, {1, 'a', "u", ""}}).empty());
}

TEST(CorrelateTest, ChainsAndAliases) {
  const std::string text =
      "title: many\nname: many\ncorrelation: {type: event_count, rules: [a], group-by: [user], timespan: "
      "10s, "
      "condition: {gte: 2}}\n---\n"
      "title: then\ncorrelation: {type: temporal_ordered, rules: [many, b], group-by: [who], timespan: 60s, "
      "aliases: {who: {many: user, b: value}}}\n";
  const auto set = rules_with(text);
  EXPECT_TRUE(set.correlations[0].about.only_correlated);
  EXPECT_FALSE(set.correlations[1].about.only_correlated);
  EXPECT_TRUE(set.rules[0].only_correlated);
  EXPECT_FALSE(set.rules[2].only_correlated);
  const std::vector<Happening> attack = {{0, 'a', "u", ""}, {1, 'a', "u", ""}, {30, 'b', "x", "u"}};
  EXPECT_EQ(run(text, attack), (std::vector<Found>{{30, "u", 2}}));
  EXPECT_TRUE(run(text, {{0, 'a', "u", ""}, {30, 'b', "x", "u"}}).empty());
}

TEST(CorrelateTest, AMillionValuesCostNoMoreThanTheBound) {
  const auto set = rules_with(correlation("value_count", "condition: {gt: 100, field: value}"));
  Window window(set.correlations[0]);
  for (int i = 0; i < 1'000'000; ++i) {
    const auto met = window.add(i / 1000, 0, std::to_string(i));
    EXPECT_EQ(met.has_value(), i >= 100);
  }
}

TEST(CorrelateTest, HitsItsBoundsAudibly) {
  const auto set = rules_with(correlation("event_count", "condition: {gte: 2}"));
  Correlator narrow(set, kNoPipelines, {.lateness = {}, .pending_max = 10, .groups_max = 5});
  for (int i = 0; i < 20; ++i) add(narrow, set, {0, 'a', "u" + std::to_string(i), ""});
  narrow.finish();
  EXPECT_EQ(narrow.groups(), 5u);
  EXPECT_EQ(narrow.counters().forgotten, 15u);
  const Field no_user[] = {{.name = "kind", .value = "a"}};
  narrow.add(0, EventView{.fields = no_user, .raw = {}, .raw_is_text = false, .time = {}, .source = {}},
             from_unix_ms(1000));
  EXPECT_EQ(narrow.counters().ungrouped, 1u);
}

TEST(CorrelateTest, RefusesWhatDoesNotFit) {
  auto refused = [](const std::string& text) {
    RuleSet set;
    read_rules(
        "title: a\nname: a\nlogsource: {product: t}\ndetection: {s: {k: 1}, condition: s}\n---\n" + text,
        "t.yml", {}, set);
    return set.refused.empty() ? "" : set.refused[0].reason;
  };
  EXPECT_EQ(refused(correlation("event_count", "condition: {gte: 3}", "[q]")),
            "it speaks of \"q\", which is no loaded rule");
  EXPECT_EQ(refused(correlation("sometimes", "condition: {gte: 3}")),
            "the correlation type \"sometimes\" is not known");
  EXPECT_EQ(refused(correlation("event_count", "")), "no condition");
  EXPECT_EQ(refused(correlation("event_count", "condition: {gte: 1000000}")), "a count between 0 and 100000");
  EXPECT_EQ(refused(correlation("value_count", "condition: {gte: 3}")), "a \"field\" is missing");
  EXPECT_EQ(refused(correlation("temporal", "", "[a, x]")),
            "a correlation that speaks of itself, in a circle");
}

TEST(CorrelateTest, FiltersLeaveOut) {
  RuleSet set;
  read_rules(
      "title: a\nname: a\nlogsource: {product: t}\ndetection: {s: {k: 1}, condition: s}\n---\n"
      "title: f\nlogsource: {product: t}\nfilter: {rules: [a], s: {user|startswith: adm_}, condition: "
      "s}\n---\n"
      "title: g\nlogsource: {product: other}\nfilter: {rules: any, s: {k: 1}, condition: s}\n",
      "t.yml", {}, set);
  ASSERT_EQ(set.rules.size(), 1u);
  ASSERT_EQ(set.refused.size(), 1u);
  EXPECT_EQ(set.refused[0].reason, "a filter that meets no rule");
  auto on = [&](std::string_view user) {
    const Field fields[] = {{.name = "k", .value = "1"}, {.name = "user", .value = user}};
    return holds(set.rules[0],
                 EventView{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = {}});
  };
  EXPECT_TRUE(on("an"));
  EXPECT_FALSE(on("adm_an"));
}

// The definition, said without cleverness: all matches of the group so far, sorted by time; after each, what
// is in (t - 10 s, t].
std::vector<Found> brute(const Correlation& what, std::vector<Happening> all) {
  std::ranges::stable_sort(all, {}, &Happening::at_s);
  std::vector<Found> out;
  std::map<std::string, std::int64_t> fired;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& now = all[i];
    std::vector<Happening> window;
    for (std::size_t j = 0; j <= i; ++j) {
      if (all[j].user == now.user && all[j].at_s > now.at_s - 10) window.push_back(all[j]);
    }
    std::set<std::string> distinct;
    std::set<char> kinds;
    std::vector<double> values;
    for (const auto& one : window) {
      distinct.insert(one.value);
      kinds.insert(one.kind);
      values.push_back(std::stod(one.value));
    }
    std::ranges::sort(values);
    double sum = 0;
    for (auto value : values) sum += value;
    std::size_t step = 0;
    bool chain = false;
    if (what.type == Correlation::Type::kTemporalOrdered) {
      // Some a, then some b, then this c.
      for (std::size_t x = 0; x < window.size(); ++x)
        for (std::size_t y = x + 1; y < window.size(); ++y)
          chain = chain || (window[x].kind == 'a' && window[y].kind == 'b' && y + 1 < window.size() &&
                            now.kind == 'c');
      step = 3;
    }
    using Type = Correlation::Type;
    double value = 0;
    switch (what.type) {
      case Type::kEventCount:
        value = static_cast<double>(window.size());
        break;
      case Type::kValueCount:
        value = static_cast<double>(distinct.size());
        break;
      case Type::kTemporal:
        value = static_cast<double>(kinds.size());
        break;
      case Type::kTemporalOrdered:
        value = static_cast<double>(step);
        break;
      case Type::kValueSum:
        value = sum;
        break;
      case Type::kValueAvg:
        value = sum / static_cast<double>(values.size());
        break;
      case Type::kValuePercentile: {
        std::size_t rank = 1;
        while (static_cast<double>(rank) < what.percentile / 100 * static_cast<double>(values.size())) ++rank;
        value = values[rank - 1];
        break;
      }
    }
    bool met = what.type == Type::kTemporalOrdered ? chain : true;
    for (const auto& bound : what.bounds) {
      met = met && bound.met(value);
      // A count is told no higher than its bound and one.
      if (what.type == Type::kEventCount || what.type == Type::kValueCount)
        value = std::min(value, bound.number + 1);
    }
    auto last = fired.find(now.user);
    if (!met || (last != fired.end() && now.at_s - last->second < 10)) continue;
    fired[now.user] = now.at_s;
    out.push_back({now.at_s, now.user, value});
  }
  return out;
}

// One correlation of any kind over a, b and c.
RuleSet any_correlation() {
  const auto type =
      *rc::gen::element<std::string>("event_count", "value_count", "temporal", "temporal_ordered",
                                     "value_sum", "value_avg", "value_percentile");
  const auto comparison = *rc::gen::element<std::string>("gte", "gt", "eq", "lt", "lte");
  const auto number = *rc::gen::inRange(1, 6);
  const bool ordered = type == "temporal_ordered";
  const bool values = type.starts_with("value_");
  const auto condition = "condition: {" + comparison + ": " + std::to_string(number) +
                         (values ? ", field: value" : "") +
                         (type == "value_percentile" ? ", percentile: 90" : "") + "}";
  return rules_with(correlation(type, ordered ? "" : condition, "[a, b, c]"));
}

std::vector<Happening> any_happenings(std::int64_t from_s, const std::vector<std::string>& users) {
  std::vector<Happening> all;
  const auto count = *rc::gen::inRange(0, 60);
  for (int i = 0; i < count; ++i) {
    const auto kind = static_cast<char>('a' + *rc::gen::inRange(0, 3));
    all.push_back({from_s + *rc::gen::inRange(0, 50), kind, *rc::gen::elementOf(users),
                   std::to_string(*rc::gen::inRange(0, 8))});
  }
  return all;
}

RC_GTEST_PROP(CorrelateProperty, IsTheDefinition, ()) {
  const auto set = any_correlation();
  const auto all = any_happenings(0, {"u", "v"});
  Correlator correlator(set, kNoPipelines, {.lateness = std::chrono::milliseconds(100'000)});
  for (const auto& one : all) add(correlator, set, one);
  correlator.finish();
  RC_ASSERT(found_in(correlator) == brute(set.correlations[0], all));
}

// The happenings, each later by up to ten seconds, in the order in which they come.
std::vector<std::pair<std::int64_t, Happening>> delayed(const std::vector<Happening>& all) {
  std::vector<std::pair<std::int64_t, Happening>> out;
  for (const auto& one : all) out.emplace_back(one.at_s + *rc::gen::inRange(0, 11), one);
  std::ranges::stable_sort(out, {}, &std::pair<std::int64_t, Happening>::first);
  return out;
}

RC_GTEST_PROP(CorrelateProperty, WhatComesWithinTheLatenessIsFoundAsIfInOrder, ()) {
  const auto set = any_correlation();
  Correlator correlator(set, kNoPipelines, kTenSeconds);
  std::vector<Happening> arrived;
  for (const auto& [received_s, one] : delayed(any_happenings(1'000, {"u", "v"}))) {
    deliver(correlator, set, *rc::gen::element<std::string>("x", "y", "z"), received_s, {one});
    arrived.push_back(one);
  }
  correlator.advance(from_unix_ms(1'200'000));
  RC_ASSERT(correlator.counters().late == 0u);
  RC_ASSERT(found_in(correlator) == brute(set.correlations[0], arrived));
}

// A host that was away delivers what it has kept, much too late for the watermark, while others go on.
RC_GTEST_PROP(CorrelateProperty, ASourceThatWasAwayIsFoundAsIfInOrder, ()) {
  const auto set = any_correlation();
  Correlator correlator(set, kNoPipelines, kTenSeconds);
  const auto live = delayed(any_happenings(5'000, {"u"})), kept = delayed(any_happenings(1'000, {"v"}));
  std::vector<Happening> arrived;
  for (std::int64_t now_s = 5'000; now_s < 5'070; ++now_s) {
    std::vector<Happening> of_live, of_kept;
    for (const auto& [received_s, one] : live)
      if (received_s == now_s) of_live.push_back(one);
    for (const auto& [received_s, one] : kept)
      if (received_s == now_s - 4'000) of_kept.push_back(one);
    std::ranges::copy(of_live, std::back_inserter(arrived));
    std::ranges::copy(of_kept, std::back_inserter(arrived));
    deliver(correlator, set, "live", now_s, of_live);
    deliver(correlator, set, "away", now_s, of_kept);
  }
  correlator.advance(from_unix_ms(6'000'000));
  auto found = found_in(correlator), want = brute(set.correlations[0], arrived);
  std::ranges::stable_sort(found, {}, &Found::at_s);
  RC_ASSERT(found == want);
}

// However late events come: what is told is true, and no group is told twice within a timespan.
RC_GTEST_PROP(CorrelateProperty, LateEventsTellNothingUntrue, ()) {
  const auto number = *rc::gen::inRange(1, 5);
  const bool ordered = *rc::gen::arbitrary<bool>();
  const auto set = rules_with(
      ordered ? correlation("temporal_ordered", "", "[a, b, c]")
              : correlation("event_count", fmt::format("condition: {{gte: {}}}", number), "[a, b, c]"));
  Correlator correlator(set, kNoPipelines, {.lateness = std::chrono::seconds(2)});
  const auto all = any_happenings(1'000, {"u", "v"});
  std::int64_t now_s = 1'030;
  for (const auto& one : all)
    deliver(correlator, set, *rc::gen::element<std::string>("x", "y"), now_s += *rc::gen::inRange(0, 3),
            {one});
  correlator.finish();
  std::vector<Found> told;
  for (const auto& found : found_in(correlator)) {
    for (const auto& before : told)
      RC_ASSERT(before.group != found.group || std::abs(found.at_s - before.at_s) >= 10);
    told.push_back(found);
    std::vector<Happening> window;
    for (const auto& one : all)
      if (one.user == found.group && one.at_s > found.at_s - 10 && one.at_s <= found.at_s)
        window.push_back(one);
    bool chain = false;
    for (const auto& a : window)
      for (const auto& b : window)
        for (const auto& c : window)
          chain = chain ||
                  (a.kind == 'a' && b.kind == 'b' && c.kind == 'c' && a.at_s <= b.at_s && b.at_s <= c.at_s);
    RC_ASSERT((ordered ? chain : static_cast<int>(window.size()) >= number));
  }
}

}  // namespace
}  // namespace vedette::logs::sigma
