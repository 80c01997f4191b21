#include "store/events/event_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/events/duckdb_connection.h"
#include "store/temporary_folder.h"

namespace vedette::store {
namespace {
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;

class EventStoreTest : public testing::Test {
 protected:
  void open(std::function<void(EventStoreOptions&)> change = [](auto&) {}) {
    store_.reset();
    EventStoreOptions options{.folder = folder_ / "events", .group_wait = milliseconds(1), .disk_reserve = 0};
    change(options);
    auto opened = open_event_store(options, clock_, metrics_);
    ASSERT_TRUE(opened) << opened.error().full();
    store_ = std::move(*opened);
  }
  StoredEvent event(std::string raw, std::string fields = "", int keep_months = 3) {
    return {.time = clock_.wall(),
            .received = clock_.wall(),
            .source = "syslog",
            .dataset = "system.auth",
            .host = "web-1",
            .raw = std::move(raw),
            .fields = std::move(fields),
            .keep_months = keep_months};
  }
  Result<Appended> append(std::vector<StoredEvent> events, std::string stream = "",
                          std::uint64_t number = 1) {
    return store_->append({std::move(stream), number, std::move(events)}).get();
  }
  std::vector<std::string> found(const EventQuery& query = {}) {
    auto page = store_->search(query);
    EXPECT_TRUE(page) << page.error().full();
    std::vector<std::string> out;
    if (page)
      for (const auto& one : page->events) out.push_back(one.raw);
    return out;
  }
  std::vector<std::filesystem::path> sealed_files() {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "events"))
      if (entry.path().extension() == ".parquet") out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(EventStoreTest, GivesBackWhatWasStoredAfterANewStart) {
  open();
  auto one = event("Failed password for root", R"({"source.ip":"192.0.2.7"})", 12);
  one.rules = {"rule-a", "rule-b"};
  auto stored = append({one});
  ASSERT_TRUE(stored) << stored.error().full();
  open();
  auto got = store_->get(stored->first_id);
  ASSERT_TRUE(got) << got.error().full();
  EXPECT_EQ(got->raw, one.raw);
  EXPECT_EQ(got->fields, one.fields);
  EXPECT_EQ(got->time, one.time);
  EXPECT_EQ(got->host, "web-1");
  EXPECT_EQ(got->keep_months, 12);
  EXPECT_THAT(got->rules, ElementsAre("rule-a", "rule-b"));
  EXPECT_EQ(store_->get(stored->first_id + 1).error().code(), ErrorCode::kNotFound);
  auto next = append({event("next")});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first_id, stored->first_id + 1) << "numbers go on after a start";
}

TEST_F(EventStoreTest, KeepsBytesThatAreNoUtf8) {
  open();
  std::string raw("GET /\xff\xfe\0x HTTP/1.1", 18);
  auto stored = append({event(raw)});
  ASSERT_TRUE(stored) << stored.error().full();
  EXPECT_EQ(store_->get(stored->first_id)->raw, raw);
  EXPECT_THAT(found({.words = {"http/1.1"}}), ElementsAre(raw));
}

TEST_F(EventStoreTest, PassesOverWhatAStreamSentBefore) {
  open();
  EXPECT_FALSE(append({event("1")}, "agent/epoch", 1)->repeated);
  EXPECT_FALSE(append({event("2")}, "agent/epoch", 2)->repeated);
  EXPECT_TRUE(append({event("2")}, "agent/epoch", 2)->repeated);
  open();
  EXPECT_TRUE(append({event("1")}, "agent/epoch", 1)->repeated) << "after a start too";
  EXPECT_FALSE(append({event("other")}, "agent/other", 1)->repeated);
  ASSERT_TRUE(store_->keep_house());
  open();
  EXPECT_TRUE(append({event("2")}, "agent/epoch", 2)->repeated) << "after the numbers were tidied too";
  EXPECT_THAT(found(), ElementsAre("other", "2", "1"));
}

TEST_F(EventStoreTest, TwoBatchesOfOneStreamInOneGroupAreBothLookedAt) {
  open([](auto& options) { options.group_wait = milliseconds(200); });
  auto first = store_->append({"s", 1, {event("1")}});
  auto again = store_->append({"s", 1, {event("1")}});
  auto second = store_->append({"s", 2, {event("2")}});
  EXPECT_FALSE(first.get()->repeated);
  EXPECT_TRUE(again.get()->repeated);
  EXPECT_FALSE(second.get()->repeated);
  EXPECT_EQ(found().size(), 2u);
}

TEST_F(EventStoreTest, SearchesByTimeWordFieldAndRule) {
  open();
  auto flat = event(R"({"EventID":4625,"source.ip":"192.0.2.7","Image":"C:\\Windows\\CMD.exe"})");
  auto nested = event(R"({"source":{"ip":"192.0.2.8"},"EventID":"4624"})");
  auto text =
      event("sshd: Failed password FOR root", R"({"source.ip":"192.0.2.7","event.outcome":"failure"})");
  text.rules = {"5ad1"};
  ASSERT_TRUE(append({flat}));
  clock_.advance(hours(1));
  nested.time = clock_.wall();
  ASSERT_TRUE(append({nested, text}));
  using Is = FieldTerm::Is;
  EXPECT_THAT(found({.words = {"password for"}}), ElementsAre(text.raw));
  EXPECT_THAT(found({.terms = {{Is::kEqual, "source.ip", "192.0.2.8"}}}), ElementsAre(nested.raw));
  EXPECT_THAT(found({.terms = {{Is::kEqual, "source.ip", "192.0.2.7"}}}), ElementsAre(text.raw, flat.raw));
  EXPECT_THAT(found({.terms = {{Is::kEqual, "EventID", "4625"}}}), ElementsAre(flat.raw)) << "a number";
  EXPECT_THAT(found({.terms = {{Is::kContains, "Image", "\\cmd"}}}), ElementsAre(flat.raw));
  EXPECT_THAT(found({.terms = {{Is::kPresent, "event.outcome", ""}}}), ElementsAre(text.raw));
  EXPECT_THAT(found({.terms = {{Is::kNotEqual, "source.ip", "192.0.2.7"}}}), ElementsAre(nested.raw));
  EXPECT_THAT(found({.rule = "5ad1"}), ElementsAre(text.raw));
  EXPECT_THAT(found({.rule = "5ad"}), ElementsAre()) << "a part of an id is another id";
  EXPECT_THAT(found({.from = clock_.wall()}), ElementsAre(nested.raw));
}

TEST_F(EventStoreTest, RefusesWhatCannotBeAsked) {
  open();
  using Is = FieldTerm::Is;
  auto code = [&](const EventQuery& query) { return store_->search(query).error().code(); };
  EXPECT_EQ(code({.terms = {{Is::kEqual, "a\"]; DROP TABLE events --", "x"}}}), ErrorCode::kInvalid);
  EXPECT_EQ(code({.words = std::vector<std::string>(17, "a")}), ErrorCode::kLimit);
  EXPECT_EQ(code({.after = "1-"}), ErrorCode::kInvalid);
  EXPECT_EQ(code({.limit = 0}), ErrorCode::kInvalid);
  EXPECT_EQ(store_->histogram({}, 10).error().code(), ErrorCode::kInvalid);
  EXPECT_TRUE(store_->search({.words = {"'; DROP TABLE events; --"}}));
}

TEST_F(EventStoreTest, PagesThroughTodayAndSealedDaysWithoutLossOrRepeat) {
  open();
  std::vector<std::string> all;
  for (int day = 0; day < 3; ++day) {
    std::vector<StoredEvent> events;
    for (int i = 0; i < 50; ++i) events.push_back(event(fmt::format("event {}-{}", day, i)));
    for (const auto& one : events) all.insert(all.begin(), one.raw);
    ASSERT_TRUE(append(std::move(events)));
    clock_.advance(hours(24));
  }
  auto kept = store_->keep_house();
  ASSERT_TRUE(kept) << kept.error().full();
  EXPECT_EQ(kept->sealed.size(), 3u);
  all.insert(all.begin(), "today");
  ASSERT_TRUE(append({event("today")}));
  std::vector<std::string> seen;
  EventQuery query{.limit = 7};
  for (int pages = 0; pages < 100; ++pages) {
    auto page = store_->search(query);
    ASSERT_TRUE(page) << page.error().full();
    for (const auto& one : page->events) seen.push_back(one.raw);
    if (page->next.empty()) break;
    query.after = page->next;
  }
  EXPECT_EQ(seen, all);
  EXPECT_EQ(store_->get(1)->raw, "event 0-0") << "out of a sealed day";
}

TEST_F(EventStoreTest, WalksBackThroughClassesOfOneDayAndTodayWithoutLossOrRepeat) {
  open();
  std::vector<std::uint64_t> stored;
  auto add = [&](int events) {
    for (int i = 0; i < events; ++i) {
      auto appended = append({event("e", "", i % 2 == 0 ? 3 : 12)});
      ASSERT_TRUE(appended);
      stored.push_back(appended->first_id);
    }
  };
  for (int day = 0; day < 2; ++day) {
    add(7);
    clock_.jump_wall(std::chrono::hours(24));
    ASSERT_TRUE(store_->keep_house());
  }
  ASSERT_EQ(sealed_files().size(), 4u);
  add(5);
  for (std::size_t limit : {1u, 3u, 100u}) {
    std::vector<std::uint64_t> walked;
    auto before = std::numeric_limits<std::uint64_t>::max();
    for (;;) {
      auto part = store_->back(before, limit);
      ASSERT_TRUE(part) << part.error().full();
      if (part->empty()) break;
      EXPECT_LE(part->size(), limit);
      for (const auto& one : *part) walked.push_back(before = one.id);
    }
    EXPECT_EQ(walked, std::vector<std::uint64_t>(stored.rbegin(), stored.rend())) << limit;
  }
}

TEST_F(EventStoreTest, CountsInEqualParts) {
  open();
  auto start = clock_.wall();
  ASSERT_TRUE(append({event("a"), event("b")}));
  clock_.advance(hours(24 * 2) + milliseconds(1));
  ASSERT_TRUE(store_->keep_house());
  ASSERT_TRUE(append({event("c")}));
  auto parts = store_->histogram({.from = start, .to = start + hours(24 * 4)}, 4);
  ASSERT_TRUE(parts) << parts.error().full();
  std::vector<std::uint64_t> counts;
  for (const auto& part : *parts) counts.push_back(part.events);
  EXPECT_THAT(counts, ElementsAre(2, 0, 1, 0));
  EXPECT_EQ((*parts)[2].from, start + hours(48));
}

TEST_F(EventStoreTest, AClassOfRetentionIsAFileOfItsOwnAndGoesWhenItsTimeIsOver) {
  open();
  ASSERT_TRUE(append({event("three months", "", 3), event("a year", "", 12)}));
  clock_.advance(hours(24));
  ASSERT_TRUE(store_->keep_house());
  EXPECT_EQ(sealed_files().size(), 2u);
  clock_.advance(hours(24 * 100));
  ASSERT_TRUE(store_->keep_house());
  EXPECT_EQ(sealed_files().size(), 2u) << "nothing newer is sealed, so the clock alone removes nothing";
  ASSERT_TRUE(append({event("newer")}));
  clock_.advance(hours(24));
  auto kept = store_->keep_house();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->removed.size(), 1u);
  EXPECT_THAT(found(), ElementsAre("newer", "a year"));
}

TEST_F(EventStoreTest, ADayThatIsGoneIsNamedInTheAnswer) {
  open();
  ASSERT_TRUE(append({event("old")}));
  clock_.advance(hours(24));
  ASSERT_TRUE(store_->keep_house());
  std::filesystem::remove(sealed_files()[0]);
  auto page = store_->search({});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->missing.size(), 1u);
}

TEST_F(EventStoreTest, ASealThatACrashCutOffIsMadeAgain) {
  open();
  ASSERT_TRUE(append({event("one"), event("two")}));
  clock_.advance(hours(24));
  ASSERT_TRUE(store_->keep_house());
  auto whole = sealed_files()[0];
  auto copy = folder_ / "copy";
  std::filesystem::copy_file(whole, copy);
  // As after a crash between the rename and the commit: a day's file lies there and its events are in the
  // table too.
  store_.reset();
  std::filesystem::remove_all(folder_ / "events");
  clock_.advance(-hours(24));
  open();
  ASSERT_TRUE(append({event("one"), event("two")}));
  store_.reset();
  std::filesystem::copy_file(copy, folder_ / "events" / whole.filename());
  std::ofstream(folder_ / "events" / "2020-01-01-3-1.parquet.partial") << "half";
  clock_.advance(hours(24));
  open();
  EXPECT_TRUE(sealed_files().empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "events" / "2020-01-01-3-1.parquet.partial"));
  ASSERT_TRUE(store_->keep_house());
  EXPECT_EQ(sealed_files().size(), 1u);
  EXPECT_THAT(found(), ElementsAre("two", "one"));
}

TEST_F(EventStoreTest, AFileThatHoldsWhatTheTableDoesNotIsLeftAlone) {
  open();
  ASSERT_TRUE(append({event("only copy")}));
  clock_.advance(hours(24));
  ASSERT_TRUE(store_->keep_house());
  store_.reset();
  std::filesystem::remove(folder_ / "events" / "events.duckdb");
  std::filesystem::remove(folder_ / "events" / "events.duckdb.wal");
  open();
  EXPECT_EQ(sealed_files().size(), 1u);
}

TEST_F(EventStoreTest, EventsOfAnOlderStoreAreThere) {
  std::filesystem::create_directories(folder_ / "events");
  {
    auto database =
        DuckDbDatabase::open({.path = folder_ / "events" / "events.duckdb", .folder = folder_ / "events"});
    ASSERT_TRUE(database) << database.error().full();
    auto connection = DuckDbConnection::open(**database);
    ASSERT_TRUE(connection);
    // As the first version made it.
    for (std::string_view sql :
         {"CREATE TABLE events(id UBIGINT NOT NULL, time BIGINT NOT NULL, received BIGINT NOT NULL, source "
          "VARCHAR NOT "
          "NULL, dataset VARCHAR NOT NULL, host VARCHAR NOT NULL, raw VARCHAR NOT NULL, raw_bytes BLOB, "
          "fields VARCHAR, "
          "rules VARCHAR, keep_months BIGINT NOT NULL)",
          "INSERT INTO events SELECT range + 1, range, range, 's', 'd', 'h', 'old ' || range, NULL, NULL, "
          "NULL, 3 FROM "
          "range(10000)",
          "CREATE TABLE about(tables_version BIGINT NOT NULL)", "INSERT INTO about VALUES (1)"}) {
      auto done = (*connection)->execute(sql);
      ASSERT_TRUE(done) << done.error().full();
    }
  }
  open();
  EXPECT_EQ(store_->status().open_events, 10'000u);
  EXPECT_EQ(store_->get(5'000)->raw, "old 4999");
  EXPECT_EQ(append({event("new")})->first_id, 10'001u);
  open();
  EXPECT_EQ(store_->status().open_events, 10'001u);
}

TEST_F(EventStoreTest, AFullQueueRefusesAndSaysSo) {
  open([](auto& options) {
    options.queue_bytes = 4096;
    options.group_wait = std::chrono::seconds(5);
  });
  auto first = store_->append({"", 1, {event(std::string(8192, 'x'))}});
  auto second = store_->append({"", 1, {event("small")}});
  ASSERT_EQ(second.wait_for(milliseconds(0)), std::future_status::ready);
  EXPECT_EQ(second.get().error().code(), ErrorCode::kLimit);
  EXPECT_EQ(store_->status().refused_batches, 1u);
  store_.reset();
  EXPECT_TRUE(first.get()) << "what was taken is written before the end";
}

TEST_F(EventStoreTest, WithoutRoomNothingIsTakenAndNothingIsLost) {
  open();
  ASSERT_TRUE(append({event("before")}));
  open([](auto& options) { options.disk_reserve = UINT64_MAX; });
  auto refused = append({event("no room")}, "s", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(store_->status().disk_full);
  open();
  EXPECT_FALSE(append({event("again")}, "s", 1)->repeated) << "what was refused may be sent again";
  EXPECT_THAT(found(), ElementsAre("again", "before"));
}

TEST_F(EventStoreTest, WithoutRoomTheOldestDayGoesWhereThatIsWanted) {
  auto change = [](auto& options) {
    options.size_max = 1;
    options.drop_oldest = true;
  };
  open(change);
  for (const char* raw : {"oldest", "newest"}) {
    ASSERT_TRUE(append({event(raw)}));
    clock_.advance(hours(24));
  }
  auto kept = store_->keep_house();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->removed_early.size(), 1u);
  EXPECT_THAT(found(), ElementsAre("newest"));
}

TEST_F(EventStoreTest, CountsHitsOfRulesInSealedDaysAndToday) {
  open();
  auto hit = [&](std::vector<std::string> rules) {
    auto out = event("x");
    out.rules = std::move(rules);
    return out;
  };
  ASSERT_TRUE(append({hit({"a", "b"}), hit({"a"}), hit({})}));
  clock_.advance(hours(24));
  ASSERT_TRUE(store_->keep_house());
  ASSERT_EQ(sealed_files().size(), 1u);
  ASSERT_TRUE(append({hit({"b"}), hit({"a"})}));
  auto of = [&](WallTime from) {
    std::map<std::string, std::uint64_t> out;
    auto hits = store_->rule_hits(from, clock_.wall() + hours(1));
    EXPECT_TRUE(hits) << hits.error().full();
    if (hits)
      for (const auto& one : *hits) {
        out[one.rule] = one.events;
        EXPECT_EQ(one.last, clock_.wall()) << one.rule;
      }
    return out;
  };
  EXPECT_EQ(of(clock_.wall() - hours(48)), (std::map<std::string, std::uint64_t>{{"a", 3}, {"b", 2}}));
  EXPECT_EQ(of(clock_.wall() - hours(1)), (std::map<std::string, std::uint64_t>{{"a", 1}, {"b", 1}}));
}

TEST_F(EventStoreTest, ASearchThatTakesTooLongEnds) {
  open([](auto& options) { options.search_time_max = milliseconds(1); });
  std::vector<StoredEvent> events;
  for (int i = 0; i < 20'000; ++i) events.push_back(event(std::string(2'000, 'a')));
  ASSERT_TRUE(append(std::move(events)));
  // Every word is in every event, so each is looked for in all 40 MB.
  const std::vector<std::string> words(EventStore::kTermsMax, std::string(400, 'a'));
  auto page = store_->search({.words = words});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::kTimeout) << page.error().full();
  EXPECT_TRUE(append({event("next")})) << "and nothing else ends with it";
}

}  // namespace
}  // namespace vedette::store
