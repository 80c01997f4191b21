// The counts that are kept with the alerts, against counting every alert: random findings, actions, snoozes
// that end, and old alerts that go.
#include <rapidcheck.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;  // by field and value

struct AlertFacetsTest : DeskTest {
  std::vector<std::string> ids;

  template <class T>
  static T one_of(const std::vector<T>& all) {
    return *rc::gen::elementOf(all);
  }
  static AlertQuery some_query() {
    AlertQuery query;
    query.state = one_of<std::string>({"", "", "new", "acknowledged", "closed"});
    query.severity = one_of<std::string>({"", "", "low", "high", "critical"});
    query.watch = one_of<std::string>({"", "", "sites", "logs"});
    query.kind = one_of<std::string>({"", "", "", "page_replaced", "unavailable"});
    query.asset_id = one_of<std::string>({"", "", "", "1"});
    query.include_snoozed = one_of<int>({0, 1}) == 1;
    query.limit = 500;
    return query;
  }

  void act() {
    auto f = finding(fmt::format("key/{}", *rc::gen::inRange(0, 12)),
                     one_of<Severity>({Severity::kLow, Severity::kHigh, Severity::kCritical}));
    f.watch = one_of<Watch>({Watch::kSites, Watch::kLogs, Watch::kFiles});
    f.kind = one_of<std::string>({"page_replaced", "unavailable", "brute_force"});
    f.asset.id = one_of<std::string>({"1", "2", "3"});
    const auto id = ids.empty() ? std::string() : one_of(ids);
    switch (*rc::gen::inRange(0, 10)) {
      case 0:
      case 1:
      case 2: {
        auto alert = raise(f);
        if (std::ranges::find(ids, alert.id) == ids.end()) ids.push_back(alert.id);
        return;
      }
      case 3:
        return (void)desk->acknowledge(id, "lan", "");
      case 4:
        return (void)desk->snooze(id, clock.wall() + std::chrono::minutes(20), "lan");
      case 5:
        return (void)desk->close(id, Resolution::kBenign, "", "lan");
      case 6:
        return (void)desk->reopen(id, "lan");
      case 7:
        return (void)desk->merge(id, one_of(ids.empty() ? std::vector<std::string>{""} : ids), "lan");
      case 8:
        return clock.advance(std::chrono::minutes(15));
      default:
        RC_ASSERT(desk->forget_closed(clock.wall() - std::chrono::minutes(30)).has_value());
    }
  }

  static Counts counted(const std::vector<Alert>& alerts) {
    Counts out;
    for (const auto& a : alerts) {
      ++out[{"state", std::string(to_string(a.state))}];
      ++out[{"severity", std::string(to_string(a.severity))}];
      ++out[{"watch", std::string(to_string(a.watch))}];
      ++out[{"kind", a.kind}];
      ++out[{"asset", a.asset.id}];
    }
    return out;
  }
};

TEST_F(AlertFacetsTest, KeptCountsAreThoseOfAFullCount) {
  const bool held = rc::check([&] {
    for (int i = 0; i < 25; ++i) act();
    for (int i = 0; i < 4; ++i) {
      auto query = some_query();
      Counts kept;
      for (const auto& facet : copy_of(desk->facets(query))) kept[{facet.field, facet.value}] = facet.count;
      RC_ASSERT(kept == counted(copy_of(desk->alerts(query)).items));
    }
  });
  EXPECT_TRUE(held);
  // Nor is anything left of what is gone.
  EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto off,
               session.query("SELECT COUNT(*) FROM (SELECT state, severity, watch, kind, alerts FROM "
                             "alert_counts WHERE alerts <> 0 EXCEPT SELECT state, severity, watch, kind, "
                             "COUNT(*) FROM alerts GROUP BY 1, 2, 3, 4)"));
    EXPECT_EQ(off[0].integer(0), 0);
    TRY_ASSIGN(
        off, session.query("SELECT COUNT(*) FROM (SELECT asset_id, state, severity, watch, alerts FROM "
                           "alert_asset_counts EXCEPT SELECT asset_id, state, severity, watch, COUNT(*) FROM "
                           "alerts GROUP BY 1, 2, 3, 4)"));
    EXPECT_EQ(off[0].integer(0), 0);
    return {};
  }));
}

}  // namespace
}  // namespace vedette::desk
