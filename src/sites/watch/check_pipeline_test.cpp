// The pipeline with a clock moved by hand and a fetcher that answers when told; store, judge and committer
// are real.
#include "sites/watch/check_pipeline.h"

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "sites/watch/test_pages.h"
#include "store/temporary_folder.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;

class HeldFetcher final : public net::Fetcher {
 public:
  struct Held {
    net::FetchRequest request;
    Done done;
  };
  Result<void> fetch(net::FetchRequest request, Done done) override {
    std::lock_guard lock(mutex_);
    held_.push_back({std::move(request), std::move(done)});
    return {};
  }
  std::size_t waiting() const override {
    std::lock_guard lock(mutex_);
    return held_.size();
  }
  std::size_t running() const override { return 0; }
  std::optional<Held> take() {
    std::lock_guard lock(mutex_);
    if (held_.empty()) return std::nullopt;
    auto out = std::move(held_.front());
    held_.pop_front();
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Held> held_;
};

net::FetchResult answer(const net::FetchRequest& request, int status, std::string body,
                        std::string etag = "\"1\"") {
  net::FetchResult out;
  out.status = status;
  out.final_url = request.url;
  out.headers = {{"Content-Type", "text/html"}, {"ETag", std::move(etag)}};
  out.body = std::move(body);
  out.total = 20ms;
  return out;
}

class CheckPipelineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store::DatabaseOptions where;
    where.path = folder_ / "state.db";
    auto database = store::open_sqlite(where, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
    options_.learn_fetches = 4;
    options_.learn_interval = 10s;
    options_.full_fetch_every = 4;
    profiles_ = std::make_unique<ProfileCache>(*database_, 8);
    committer_ = std::make_unique<Committer>(*database_, metrics_);
    committer_->start([] {});
    pipeline_ = std::make_unique<CheckPipeline>(
        WatchParts{sites_,
                   *profiles_,
                   *committer_,
                   snapshots_,
                   fetcher_,
                   *database_,
                   clock_,
                   metrics_,
                   [this] { return std::make_shared<SiteWatchOptions>(options_); },
                   [](const std::string&) {},
                   {}});
    pipeline_->start(1);
  }
  void TearDown() override {
    if (pipeline_) pipeline_->stop();
    if (committer_) committer_->stop();
  }
  RecordPtr add(const std::string& id) {
    auto record = std::make_shared<SiteRecord>();
    record->site.id = id;
    record->site.created_at = clock_.wall();
    record->site.config.url = "http://www.example.org/" + id;
    EXPECT_TRUE(database_->write([&](store::Session& session) {
      return insert_site(session, {record->site, record->memory, false, false}, box_);
    }));
    sites_.insert(record);
    return record;
  }
  template <class Condition>
  bool eventually(Condition condition) {  // the pipeline works on its own threads, in real time
    std::mutex mutex;
    std::condition_variable never;
    for (auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      std::unique_lock lock(mutex);
      never.wait_for(lock, 5ms);
    }
    return false;
  }
  HeldFetcher::Held next_fetch() {
    std::optional<HeldFetcher::Held> held;
    EXPECT_TRUE(eventually([&] { return (held = fetcher_.take()).has_value(); }));
    return held ? *std::move(held) : HeldFetcher::Held{};
  }
  // One check: due after `wait`, answered, stored.
  net::FetchRequest check(const RecordPtr& record, std::chrono::seconds wait, int status, std::string body) {
    clock_.advance(wait);
    auto held = next_fetch();
    if (!held.done) return {};
    held.done(answer(held.request, status, std::move(body)));
    EXPECT_TRUE(eventually([&] { return pipeline_->in_flight() == 0; }));
    std::lock_guard lock(record->mutex);
    return held.request;
  }
  std::vector<Finding> findings() {
    std::vector<Finding> out;
    EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(out, pending_reports(session, 100));
      return {};
    }));
    return out;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  SiteTable sites_;
  SiteWatchOptions options_;
  HeldFetcher fetcher_;
  store::SecretBox box_{Secret("the test's master key"), "site secrets"};
  SnapshotFolder snapshots_{folder_ / "snapshots"};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<ProfileCache> profiles_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<CheckPipeline> pipeline_;
};

TEST_F(CheckPipelineTest, ANotModifiedIsNeverTrustedLongAndTheConfirmingFetchIsOfItsOwn) {
  auto record = add("one");
  pipeline_->check_now("one");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(check(record, 12s, 200, test::own_page(i)).etag, "");
  // A server that says "not modified" whatever stands there: every fourth check asks for the whole page.
  std::string asked;
  for (int i = 0; i < 9; ++i) {
    auto request = check(record, 70s, i % 4 == 3 ? 200 : 304, i % 4 == 3 ? test::own_page(i) : "");
    asked += request.etag.empty() ? 'F' : 'c';
    EXPECT_FALSE(request.fresh_connection);
  }
  EXPECT_EQ(asked, "cccFcccFc");
  check(record, 70s, 304, "");
  check(record, 70s, 304, "");
  auto full = check(record, 70s, 200, test::other_page());
  EXPECT_EQ(full.etag, "");
  EXPECT_TRUE(findings().empty());
  const auto seen_at = clock_.wall();
  auto confirming = check(record, 6s, 200, test::other_page());
  EXPECT_TRUE(confirming.fresh_connection);
  EXPECT_TRUE(confirming.urgent);
  EXPECT_EQ(confirming.etag + confirming.last_modified, "");
  EXPECT_NE(confirming.user_agent, full.user_agent);
  EXPECT_TRUE(
      std::ranges::any_of(confirming.headers, [](const auto& h) { return h.first == "Cache-Control"; }));
  auto reported = findings();
  ASSERT_FALSE(reported.empty());
  EXPECT_EQ(reported[0].severity, Severity::kCritical);
  EXPECT_EQ(reported[0].observed_at, seen_at) << "counts from the fetch that saw it first";
}

TEST_F(CheckPipelineTest, APageThatCouldNotBeKeptIsNamedNowhere) {
  auto record = add("one");
  pipeline_->check_now("one");
  for (int i = 0; i < 4; ++i) check(record, 12s, 200, test::own_page(i));
  check(record, 70s, 200, test::own_page(4));
  const auto kept = record->site.last_snapshot;
  ASSERT_FALSE(kept.empty());
  const auto folder = folder_ / "snapshots";
  std::filesystem::rename(folder, folder_ / "away");
  std::ofstream(folder) << "no folder";
  check(record, 70s, 200, test::other_page());
  check(record, 6s, 200, test::other_page());
  auto reported = findings();
  ASSERT_FALSE(reported.empty());
  EXPECT_EQ(reported[0].severity, Severity::kCritical);
  for (const auto& one : reported) {
    for (const auto& evidence : one.evidence) EXPECT_NE(evidence.sha256, sha256_hex(test::other_page()));
  }
  EXPECT_TRUE(
      std::ranges::any_of(reported[0].evidence, [](const auto& one) { return one.note == "before"; }));
  EXPECT_EQ(record->site.last_snapshot, kept);
}

TEST_F(CheckPipelineTest, AWatchThatFallsBehindSaysSoAndStillConfirmsFirst) {
  auto suspect = add("suspect");
  pipeline_->check_now("suspect");
  for (int i = 0; i < 4; ++i) check(suspect, 12s, 200, test::own_page(i));
  check(suspect, 70s, 200, test::other_page());
  // More sites than may be on their way, and nobody answers.
  for (std::size_t i = 0; i < pipeline_->in_flight_max() + 50; ++i) {
    auto record = std::make_shared<SiteRecord>();
    record->site.id = "held-" + std::to_string(i);
    record->site.config.url = "http://www.example.org/" + record->site.id;
    sites_.insert(record);
    pipeline_->check_now(record->site.id);
  }
  ASSERT_TRUE(eventually([&] { return fetcher_.waiting() == pipeline_->in_flight_max(); }));
  EXPECT_TRUE(findings().empty());
  clock_.advance(40s);
  ASSERT_TRUE(eventually([&] { return findings().size() == 1; }));
  EXPECT_EQ(findings()[0].kind, "watch_late");
  EXPECT_EQ(findings()[0].severity, Severity::kHigh);
  EXPECT_GE(pipeline_->late(), 30s);
  // The confirming fetch has gone out all the same.
  ASSERT_TRUE(eventually([&] { return fetcher_.waiting() == pipeline_->in_flight_max() + 1; }));
  for (const auto& record : sites_.all()) {
    if (record != suspect) sites_.erase(record->site.id);
  }
  bool confirmed = false;
  while (auto held = fetcher_.take()) {
    confirmed = confirmed || (held->request.urgent && held->request.url.ends_with("/suspect"));
    net::FetchResult cancelled;
    cancelled.failure = net::FetchFailure::kCancelled;
    held->done(std::move(cancelled));
  }
  EXPECT_TRUE(confirmed);
  ASSERT_TRUE(eventually([&] { return pipeline_->late() == 0ms; }));
  clock_.advance(6s);
  ASSERT_TRUE(eventually([&] { return findings().size() == 2; }));
  EXPECT_EQ(findings()[1].state, FindingState::kResolved);
}

}  // namespace
}  // namespace vedette::sites
