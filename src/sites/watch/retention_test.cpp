#include "sites/watch/retention.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/id.h"
#include "store/temporary_folder.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Keeps what it is told to as evidence of its alerts.
struct KeepingSink final : FindingSink {
  std::set<std::string> kept;
  Result<void> report(const std::vector<Finding>&) override { return {}; }
  Result<bool> keeps_evidence(const std::string& sha256) override { return kept.contains(sha256); }
};

class RetentionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store::DatabaseOptions where;
    where.path = folder_ / "state.db";
    auto database = store::open_sqlite(where, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
    options_.snapshot_folder = folder_ / "snapshots";
    options_.snapshot_retention = 24h * 30;
    retention_ = std::make_unique<Retention>(*database_, sites_, snapshots_, sink_, clock_, metrics_);
    record_ = std::make_shared<SiteRecord>();
    record_->site.id = "site-1";
    record_->site.created_at = clock_.wall();
    record_->site.config.url = "https://example.org/";
    ASSERT_TRUE(database_->write([&](store::Session& session) {
      return insert_site(session, {record_->site, record_->memory, false, false}, box_);
    }));
    sites_.insert(record_);
  }
  // A check with a page of 1,000 bytes that do not compress, `age` ago.
  std::string keep(std::chrono::milliseconds age, const std::string& verdict = "ok", bool notable = true) {
    std::string body;
    while (body.size() < 1000) body += random_token(30);
    auto kept = snapshots_.put(body);
    EXPECT_TRUE(kept);
    fs::last_write_time(snapshots_.path_of(kept->sha256), fs::file_time_type::clock::now() - 2h);
    Outcome outcome;
    outcome.site = record_->site;
    outcome.memory = record_->memory;
    outcome.notable = notable;
    outcome.check = Check{};
    outcome.check->id = new_id(clock_);
    outcome.check->at = clock_.wall() - age;
    outcome.check->verdict = verdict;
    StoredSnapshot row;
    row.snapshot = {new_id(clock_), clock_.wall() - age, "page", kept->sha256, kept->bytes, verdict, false};
    row.stored_bytes = kept->stored_bytes;
    outcome.check->snapshot = row.snapshot.id;
    auto id = row.snapshot.id;
    outcome.snapshots.push_back(std::move(row));
    EXPECT_TRUE(database_->write([&](store::Session& session) { return commit_outcome(session, outcome); }));
    return id;
  }
  std::string hash_of(const std::string& snapshot) {
    std::string sha256;
    EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT sha256 FROM sites_snapshot WHERE id = ?", {snapshot}));
      sha256 = rows.at(0).text(0);
      return {};
    }));
    return sha256;
  }
  Retention::Removed run() {
    auto removed = retention_->run_once(options_);
    EXPECT_TRUE(removed) << removed.error().full();
    return removed.value_or(Retention::Removed{});
  }
  std::set<std::string> left() {
    std::set<std::string> out;
    EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto page, load_snapshots(session, record_->site.id, {"", 1000}));
      for (const auto& one : page.items) {
        out.insert(one.id);
        EXPECT_TRUE(snapshots_.get(one.sha256)) << "a row without its file";
      }
      return {};
    }));
    return out;
  }
  std::vector<Finding> told() {  // and forgotten
    std::vector<Finding> out;
    EXPECT_TRUE(database_->write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(out, pending_reports(session, 100));
      return delete_reports(session, out);
    }));
    return out;
  }
  void restart() {
    retention_ = std::make_unique<Retention>(*database_, sites_, snapshots_, sink_, clock_, metrics_);
  }
  std::size_t files() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(options_.snapshot_folder))
      count += entry.is_regular_file();
    return count;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  SiteTable sites_;
  KeepingSink sink_;
  SiteWatchOptions options_;
  store::SecretBox box_{Secret("the test's master key"), "site secrets"};
  SnapshotFolder snapshots_{folder_ / "snapshots"};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Retention> retention_;
  RecordPtr record_;
};

TEST_F(RetentionTest, OldSnapshotsGoWithTheirFilesAndYoungOnesStay) {
  keep(24h * 40), keep(24h * 31);
  auto young = keep(24h * 29), now = keep(0h);
  EXPECT_EQ(files(), 4u);
  auto removed = run();
  EXPECT_EQ(removed.snapshots, 2);
  EXPECT_EQ(removed.files, 2);
  EXPECT_EQ(left(), (std::set{young, now}));
  EXPECT_EQ(files(), 2u);
  EXPECT_EQ(run().snapshots, 0);
}

TEST_F(RetentionTest, WhatIsInUseIsNeverTaken) {
  auto reference = keep(24h * 90), last = keep(24h * 80), picture = keep(24h * 70), approved = keep(24h * 60);
  auto alarmed = keep(24h * 50, "critical");
  auto plain = keep(24h * 50);
  record_->site.reference_snapshot = reference;
  record_->site.last_snapshot = last;
  record_->memory.shown.before_id = picture;
  ASSERT_TRUE(database_->write([&](store::Session& session) { return mark_approved(session, approved); }));
  Condition replaced;
  replaced.kind = "page_replaced";
  (void)record_->memory.open.answer(Question::kContent, {replaced}, {"site", "site-1", "Example"}, clock_);
  run();
  EXPECT_EQ(left(), (std::set{reference, last, picture, approved, alarmed}));
  EXPECT_FALSE(left().contains(plain));
  (void)record_->memory.open.answer(Question::kContent, {}, {"site", "site-1", "Example"}, clock_);
  run();
  EXPECT_FALSE(left().contains(alarmed)) << "its question was answered";
}

TEST_F(RetentionTest, BeyondTheRoomTheOldestGoFirst) {
  keep(5h), keep(4h);
  auto third = keep(3h), last = keep(2h);
  options_.snapshot_bytes_max = 2200;
  run();
  EXPECT_EQ(left(), (std::set{third, last}));
}

TEST_F(RetentionTest, WhatIsTakenForLackOfRoomIsCountedAndAFinding) {
  keep(24h * 40);
  run();
  EXPECT_TRUE(told().empty()) << "its time was over";
  auto bytes = snapshots_.stored_bytes(hash_of(keep(5h)));
  keep(4h), keep(3h), keep(2h);
  options_.snapshot_bytes_max = static_cast<std::uint64_t>(bytes) * 21 / 10;  // two, nearly full
  EXPECT_EQ(run().early, 2);
  EXPECT_EQ(retention_->losses().taken_early(), 2u);
  EXPECT_NE(metrics_.expose().find("vedette_sites_snapshots_early_total 2"), std::string::npos);
  auto findings = told();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "evidence_room");
  EXPECT_EQ(findings[0].severity, Severity::kMedium);
  EXPECT_EQ(findings[0].reason.arguments.at("count"), "2");
  for (auto language : {Language::kEnglish, Language::kVietnamese})
    EXPECT_EQ(render(findings[0].reason, language).find("sites."), std::string::npos);

  keep(1h);
  restart();
  EXPECT_EQ(run().early, 1);
  EXPECT_TRUE(told().empty()) << "it is known, over a restart too";
  EXPECT_EQ(run().early, 0);
  EXPECT_TRUE(told().empty()) << "still nearly full";
  restart();
  options_.snapshot_bytes_max = 100'000;
  run();
  findings = told();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].state, FindingState::kResolved);
  EXPECT_EQ(findings[0].title.key, "sites.resolved.room");
}

TEST_F(RetentionTest, EvidenceThatFillsTheRoomAloneIsAGraverFinding) {
  for (int i = 5; i > 0; --i) sink_.kept.insert(hash_of(keep(i * 1h)));
  options_.snapshot_bytes_max = 1000;
  auto removed = run();
  EXPECT_EQ(removed.snapshots, 0);
  EXPECT_GT(removed.beyond, 0);
  EXPECT_EQ(retention_->losses().bytes_beyond(), removed.beyond);
  auto findings = told();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::kHigh);
  EXPECT_EQ(findings[0].reason.key, "sites.evidence_room.full");
}

TEST_F(RetentionTest, AContentThatSeveralRowsShareIsCountedOnce) {
  auto first = keep(5h);
  auto sha256 = hash_of(first);
  auto bytes = snapshots_.stored_bytes(sha256);
  ASSERT_TRUE(database_->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute(
        "INSERT INTO sites_snapshot SELECT 'again', site_id, at + 1, kind, sha256, bytes, 0, verdict, "
        "approved, url, http_status, content_type FROM sites_snapshot WHERE id = ?",
        {first}));
    return {};
  }));
  auto last = keep(1h);
  options_.snapshot_bytes_max = static_cast<std::uint64_t>(bytes) * 3 / 2;
  EXPECT_EQ(run().early, 2) << "one row alone frees nothing";
  EXPECT_EQ(left(), (std::set{last}));
}

TEST_F(RetentionTest, WhatCannotBeWrittenIsAFindingUntilAnHourWithout) {
  std::ofstream(options_.snapshot_folder) << "a file where the folder should be";
  EXPECT_FALSE(snapshots_.put("page"));
  EXPECT_FALSE(snapshots_.put("page"));
  EXPECT_EQ(retention_->losses().look(), true);
  EXPECT_EQ(retention_->losses().look(), false);
  EXPECT_EQ(retention_->losses().unwritten(), 2u);
  EXPECT_NE(metrics_.expose().find("vedette_sites_snapshots_unwritten_total 2"), std::string::npos);
  auto findings = told();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "evidence_unwritten");
  EXPECT_EQ(findings[0].dedup_key, "sites/site-watch/evidence");
  restart();
  EXPECT_EQ(retention_->losses().look(), false);
  clock_.advance(61min);
  EXPECT_EQ(retention_->losses().look(), true);
  findings = told();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].state, FindingState::kResolved);
}

TEST_F(RetentionTest, EvidenceOfAnAlertStaysAsLongAsTheAlert) {
  auto evidence = keep(24h * 400), other = keep(24h * 390), last = keep(1h);
  sink_.kept.insert(hash_of(evidence));
  options_.snapshot_bytes_max = 1000;
  run();
  EXPECT_EQ(left(), (std::set{evidence})) << "neither age nor room takes it";
  sink_.kept.clear();
  run();
  EXPECT_TRUE(left().empty());
}

TEST_F(RetentionTest, ChecksAreThinnedAfterADay) {
  keep(25h, "ok", false), keep(23h, "ok", false), keep(24h * 29, "critical"), keep(24h * 31, "critical");
  EXPECT_EQ(run().checks, 2);
  EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto checks, load_checks(session, record_->site.id, {}));
    EXPECT_EQ(checks.items.size(), 2u);
    return {};
  }));
}

TEST_F(RetentionTest, AYoungFileWithoutARowWaitsAndAHalfWrittenOneGoes) {
  auto kept = snapshots_.put("its row is not stored yet");
  ASSERT_TRUE(kept);
  auto path = snapshots_.path_of(kept->sha256);
  auto half = path;
  half += ".abc.new";
  std::ofstream(half) << "half";
  fs::last_write_time(half, fs::file_time_type::clock::now() - 2h);
  EXPECT_EQ(run().files, 1);
  EXPECT_TRUE(fs::exists(path));
  fs::last_write_time(path, fs::file_time_type::clock::now() - 2h);
  EXPECT_EQ(run().files, 1);
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace vedette::sites
