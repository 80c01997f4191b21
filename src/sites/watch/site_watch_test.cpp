// The running watch against a real nginx, with the real store, fetcher and judge.
#include "sites/watch/site_watch.h"

#include "sites/check.h"
#include "sites/watch/question.h"
#include "sites/watch/site_watch_fixture.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;

using test::SiteWatchTest;

TEST_F(SiteWatchTest, AReplacedPageIsLearntJudgedKeptAndReportedUnderOneKey) {
  auto id = learnt();
  for (int i = 50; i < 55; ++i) {
    show(test::own_page(i));
    EXPECT_EQ(check(id).state, SiteState::kOk);
  }
  EXPECT_TRUE(sink_.all().empty());
  sink_.refuse(1);  // the sink is away for a moment: nothing is lost
  show(test::defaced_page());
  EXPECT_EQ(check(id).state, SiteState::kCritical);
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kHigh) > 0; }));
  auto count = sink_.all().size();
  check(id);
  check(id);
  EXPECT_EQ(sink_.all().size(), count);

  auto now = site(id);
  Snapshot meta;
  auto kept = watch_->snapshot_content(now.last_snapshot, &meta);
  ASSERT_TRUE(kept) << kept.error().full();
  EXPECT_EQ(*kept, test::defaced_page());
  auto rows = watch_->compare(now.reference_snapshot, now.last_snapshot);
  ASSERT_TRUE(rows);
  EXPECT_TRUE(std::ranges::any_of(*rows, [](const CompareBlock& r) {
    return r.op == CompareBlock::Op::kAdded && r.text.find("HACKED BY") != std::string::npos;
  }));

  // A restart knows what the desk was told, and the profile.
  make();
  check(id);
  EXPECT_EQ(sink_.all().size(), count);
  show(test::own_page(77));
  EXPECT_EQ(check(id).state, SiteState::kOk);
  ASSERT_TRUE(eventually([&] { return sink_.all().size() == count + 1; }));
  EXPECT_EQ(sink_.all().back().state, FindingState::kResolved);
}

TEST_F(SiteWatchTest, ApprovalHoldsAcrossARestart) {
  auto id = learnt();
  show(test::other_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kMedium) > 0; }));
  auto before = site(id).last_check_at;
  ASSERT_TRUE(watch_->approve(id, site(id).last_snapshot, "test"));
  ASSERT_TRUE(
      eventually([&] { return site(id).last_check_at != before && site(id).state == SiteState::kOk; }));
  make();
  EXPECT_EQ(check(id).state, SiteState::kOk);
}

TEST_F(SiteWatchTest, AnotherAddressIsLearntAnew) {
  auto id = learnt();
  publish("bicycles.html", test::other_page());
  auto config = site(id).config;
  config.url += "bicycles.html";
  ASSERT_TRUE(watch_->update(id, config));
  EXPECT_LE(site(id).learned, 1);
  ASSERT_TRUE(eventually([&] { return site(id).last_check_at && site(id).learned == 1; }));
  for (int i = 0; i < 3; ++i) EXPECT_NE(check(id).state, SiteState::kCritical);
  EXPECT_EQ(site(id).state, SiteState::kOk);
  make();
  EXPECT_EQ(check(id).state, SiteState::kOk);
  EXPECT_EQ(content_findings(Severity::kInformational), 0);
}

TEST_F(SiteWatchTest, SaysWhatItDoesNotLookAt) {
  auto id = add(url("/"));
  auto sights = watch_->site_sights(id).value_or(std::vector<Sight>{});
  auto reason = [&](std::string_view what) {
    auto found = std::ranges::find_if(sights, [&](const Sight& s) { return s.what == what; });
    return found == sights.end() ? std::string("absent") : found->reason;
  };
  EXPECT_EQ(reason("sites.sight.resources"), "sites.sight.not_yet");
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.not_yet");
  EXPECT_EQ(reason("sites.sight.dns"), "absent");  // the address has no name
  auto without = options();
  without.cloak_interval = 0s;
  watch_->reload(without);
  sights = watch_->site_sights(id).value_or(std::vector<Sight>{});
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.off");
  sights = watch_->sights();
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.off");
  auto queues = watch_->queues();
  EXPECT_TRUE(std::ranges::any_of(queues, [](const Queue& q) { return q.name == "sites.slow_looks"; }));
}

TEST_F(SiteWatchTest, OutagesAreNeverContent) {
  for (std::string path : {"/down", "/loop"}) {
    auto id = add(url(path));
    check(id);
    EXPECT_EQ(check(id).state, SiteState::kUnavailable) << path;
    EXPECT_FALSE(site(id).last_error.empty());
  }
  EXPECT_EQ(content_findings(Severity::kInformational), 0);
}

TEST_F(SiteWatchTest, RefusesWhatCannotBeWatched) {
  auto add_url = [&](std::string address) {
    SiteConfig config;
    config.url = std::move(address);
    auto added = watch_->add(config);
    return added ? std::string("added") : std::string(to_string(added.error().code()));
  };
  EXPECT_EQ(add_url("ftp://example.org/"), "invalid");
  EXPECT_EQ(add_url("http://169.254.169.254/latest"), "invalid");
  EXPECT_EQ(add_url("http://user:secret@example.org/"), "invalid");
  add(url("/"));
  EXPECT_EQ(add_url(url("")), "conflict");
}

TEST_F(SiteWatchTest, AStandAloneCheckNamesADefacedPage) {
  auto fetcher = net::make_fetcher({}, clock_, metrics_);
  CheckOptions options;
  options.allow_loopback = true;
  auto clean = check_page(url("/"), options, *fetcher, clock_);
  EXPECT_EQ(clean.failure, "");
  EXPECT_EQ(check_exit_code({clean}), 0) << check_text(clean, Language::kEnglish);
  show(test::defaced_page());
  EXPECT_EQ(check_exit_code({check_page(url("/"), options, *fetcher, clock_)}), 1);
  EXPECT_EQ(check_exit_code({check_page(url("/down"), options, *fetcher, clock_)}), 2);
}

}  // namespace
}  // namespace vedette::sites
