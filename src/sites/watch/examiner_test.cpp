#include "sites/watch/examiner.h"

#include <gtest/gtest.h>

#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
using test::defaced_page;
using test::other_page;
using test::own_page;

class ExaminerTest : public ::testing::Test {
 protected:
  ExaminerTest() {
    site_.id = "s1";
    site_.config.url = "http://example.org/";
    site_.config.name = "Example";
  }

  static net::FetchResult page(std::string body, int status = 200) {
    net::FetchResult out;
    out.status = status;
    out.final_url = "http://example.org/";
    out.headers = {{"Content-Type", "text/html"}, {"ETag", "\"1\""}};
    out.body = std::move(body);
    out.total = 30ms;
    return out;
  }
  static net::FetchResult failed(net::FetchFailure failure, std::string body = "") {
    auto out = page(std::move(body), 0);
    out.failure = failure;
    out.failure_detail = "as the test wants";
    return out;
  }

  Examined see(net::FetchResult fetch) {
    clock_.advance(60s);
    bool confirming = memory_.suspect;
    auto out =
        examine(site_, memory_, profile_, ignored_, {std::move(fetch), false, confirming}, options_, clock_);
    site_ = out.outcome.site;
    // Every check goes through the store's form.
    memory_ = {};
    EXPECT_TRUE(memory_from_json(memory_to_json(site_, out.outcome.memory), site_, memory_));
    for (const auto& finding : out.outcome.findings) all_.push_back(finding);
    return out;
  }
  void learn() {
    for (int i = 0; i < 8; ++i) {
      EXPECT_EQ(see(page(own_page(i))).outcome.check->verdict, "learning");
    }
    EXPECT_EQ(site_.state, SiteState::kOk);
    EXPECT_TRUE(all_.empty());
  }
  int present(Question question, Severity least = Severity::kInformational) const {
    int count = 0;
    for (const auto& f : all_) {
      count += f.state == FindingState::kPresent && f.severity >= least &&
               f.dedup_key == dedup_key("s1", question);
    }
    return count;
  }

  ManualClock clock_;
  Site site_;
  SiteMemory memory_;
  Profile profile_;
  std::vector<std::string> ignored_;
  ExaminerOptions options_;
  std::vector<Finding> all_;
};

TEST_F(ExaminerTest, TokensThatChangeOnEveryFetchAreNoNews) {
  learn();
  for (int i = 100; i < 160; ++i) EXPECT_EQ(see(page(own_page(i))).outcome.check->verdict, "ok");
  EXPECT_TRUE(all_.empty());
}

TEST_F(ExaminerTest, StrongWordsAlarmAtOnceAndOnceOnly) {
  learn();
  auto first = see(page(defaced_page()));
  EXPECT_FALSE(first.confirm);
  EXPECT_EQ(first.outcome.check->verdict, "critical");
  EXPECT_EQ(site_.state, SiteState::kCritical);
  ASSERT_GT(present(Question::kContent, Severity::kHigh), 0);
  EXPECT_TRUE(first.keep_page);
  ASSERT_EQ(all_[0].evidence.size(), 2u);
  auto count = all_.size();
  for (int i = 0; i < 5; ++i) see(page(defaced_page()));
  EXPECT_EQ(all_.size(), count);
  see(page(own_page(7)));
  ASSERT_EQ(all_.size(), count + 1);
  EXPECT_EQ(all_.back().state, FindingState::kResolved);
  EXPECT_EQ(site_.state, SiteState::kOk);
}

TEST_F(ExaminerTest, AReplacementWithoutStrongWordsWaitsForTheSecondFetch) {
  learn();
  auto first = see(page(other_page()));
  EXPECT_TRUE(first.confirm);
  EXPECT_EQ(first.next_after, 5s);
  EXPECT_TRUE(all_.empty());
  auto second = see(page(other_page()));
  EXPECT_FALSE(second.confirm);
  EXPECT_EQ(second.outcome.check->verdict, "critical");
  EXPECT_GT(present(Question::kContent), 0);
}

TEST_F(ExaminerTest, AFailedConfirmingFetchKeepsTheSuspicionAndTheTimeOfTheFirst) {
  learn();
  see(page(other_page()));
  const auto first = clock_.wall();
  auto failed_once = see(page("", 502));
  EXPECT_EQ(failed_once.next_after, 10s);
  EXPECT_TRUE(memory_.suspect);
  see(page(other_page()));
  ASSERT_GT(present(Question::kContent), 0);
  EXPECT_EQ(all_[0].observed_at, first);
  EXPECT_FALSE(memory_.suspect);
}

TEST_F(ExaminerTest, AnOutageEndsASuspicion) {
  learn();
  see(page(other_page()));
  for (int i = 0; i < 2; ++i) see(page("", 502));
  EXPECT_FALSE(memory_.suspect);
  EXPECT_TRUE(see(page(other_page())).confirm);
  EXPECT_EQ(present(Question::kContent), 0);
}

TEST_F(ExaminerTest, ACalmCheckEndsTheCountOfUnconfirmedSuspicions) {
  learn();
  auto differs = [&] {
    return std::ranges::count_if(
        all_, [](const Finding& f) { return f.kind == "page_differs" && f.state == FindingState::kPresent; });
  };
  for (int i = 0; i < 2; ++i) {
    see(page(other_page()));
    see(page(own_page(20 + i)));
  }
  see(page(own_page(30)));  // calm
  see(page(other_page()));
  see(page(own_page(31)));
  EXPECT_EQ(memory_.unconfirmed, 1);
  EXPECT_EQ(differs(), 0);
  for (int i = 0; i < 2; ++i) {
    see(page(other_page()));
    see(page(own_page(40 + i)));
  }
  EXPECT_EQ(differs(), 1);
  see(page(own_page(50)));
  EXPECT_EQ(memory_.unconfirmed, 0);
  EXPECT_EQ(all_.back().state, FindingState::kResolved);
}

TEST_F(ExaminerTest, AnUnconfirmedSuspicionIsNoAlarm) {
  learn();
  EXPECT_TRUE(see(page(other_page())).confirm);
  EXPECT_EQ(see(page(own_page(9))).outcome.check->verdict, "ok");
  EXPECT_EQ(present(Question::kContent, Severity::kMedium), 0);
}

TEST_F(ExaminerTest, ThreeUnconfirmedSuspicionsInARowAreReported) {
  learn();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(see(page(other_page())).confirm);
    see(page(own_page(i)));
  }
  ASSERT_EQ(all_.size(), 1u);
  EXPECT_EQ(all_[0].kind, "page_differs");
}

TEST_F(ExaminerTest, OutagesAreAvailabilityAndNeverContent) {
  learn();
  const std::string half = own_page(3).substr(0, 300);
  std::vector<net::FetchResult> outages;
  outages.push_back(page(defaced_page(), 503));
  outages.push_back(page("<html><body>Bad gateway</body></html>", 502));
  outages.push_back(failed(net::FetchFailure::kTimeout, half));
  outages.push_back(failed(net::FetchFailure::kTruncated, half));
  outages.push_back(failed(net::FetchFailure::kTooLarge, std::string(100'000, 'x')));
  outages.push_back(failed(net::FetchFailure::kTooManyRedirects));
  outages.push_back(failed(net::FetchFailure::kDns));
  for (auto& outage : outages) {
    EXPECT_EQ(see(std::move(outage)).outcome.check->verdict, "unavailable");
    EXPECT_EQ(present(Question::kContent), 0);
  }
  EXPECT_EQ(present(Question::kAvailability), 1);
  EXPECT_EQ(site_.state, SiteState::kUnavailable);
  see(page(own_page(4)));
  auto retry = see(page(own_page(5)));
  for (int i = 0; i < 12; ++i) see(page(own_page(6)));
  EXPECT_EQ(all_.back().state, FindingState::kResolved);
  EXPECT_EQ(site_.state, SiteState::kOk);
}

TEST_F(ExaminerTest, OneFailureIsRetriedSoonAndNotReported) {
  learn();
  EXPECT_EQ(see(page("", 500)).next_after, 10s);
  EXPECT_TRUE(all_.empty());
  EXPECT_EQ(see(page(own_page(1))).next_after, 60s);
  EXPECT_TRUE(all_.empty());
}

TEST_F(ExaminerTest, ARefusedCertificateIsATlsFinding) {
  site_.config.url = "https://example.org/";
  learn();
  for (int i = 0; i < 3; ++i) {
    auto fetch = failed(net::FetchFailure::kTls);
    net::PeerCertificate leaf;
    leaf.names = {"other.example"};
    leaf.not_after = clock_.wall() + std::chrono::days(90);
    fetch.chain.push_back(leaf);
    see(std::move(fetch));
  }
  ASSERT_EQ(all_.size(), 1u);
  EXPECT_EQ(all_[0].kind, "tls_wrong_name");
  EXPECT_EQ(site_.state, SiteState::kUnavailable);
}

TEST_F(ExaminerTest, AnotherFinalHostIsAFindingAndTheOwnOneIsNot) {
  learn();
  auto away = page(own_page(1));
  away.final_url = "https://example.net/landing";
  away.redirects = {{302, "http://example.org/", "https://example.net/landing"}};
  EXPECT_TRUE(see(away).confirm);
  see(away);
  ASSERT_EQ(present(Question::kContent, Severity::kCritical), 1);
  EXPECT_EQ(all_[0].kind, "final_origin_changed");
  all_.clear();
  auto upgraded = page(own_page(1));
  upgraded.final_url = "https://example.org/";
  see(upgraded);
  for (const auto& f : all_) EXPECT_EQ(f.state, FindingState::kResolved);
}

TEST_F(ExaminerTest, AChangeWindowLearnsAndStillAlarmsOnStrongWords) {
  learn();
  site_.window_until = clock_.wall() + 1h;
  auto deployed = see(page(other_page()));
  EXPECT_EQ(deployed.outcome.check->verdict, "ok");
  EXPECT_EQ(present(Question::kContent), 0);
  EXPECT_GT(present(Question::kDeploy), 0);
  EXPECT_EQ(present(Question::kDeploy, Severity::kLow), 0);
  EXPECT_EQ(site_.state, SiteState::kMaintenance);
  see(page(defaced_page()));
  EXPECT_GT(present(Question::kContent, Severity::kHigh), 0);
  clock_.advance(2h);
  all_.clear();
  EXPECT_EQ(see(page(other_page())).outcome.check->verdict, "ok");
}

TEST_F(ExaminerTest, NotModifiedKeepsTheVerdict) {
  learn();
  auto unchanged = page("", 304);
  EXPECT_EQ(see(unchanged).outcome.check->verdict, "ok");
  EXPECT_TRUE(all_.empty());
}

TEST_F(ExaminerTest, HostileWordsAlarmEvenWhileLearning) {
  see(page(defaced_page()));
  EXPECT_GT(present(Question::kContent, Severity::kHigh), 0);
  EXPECT_EQ(site_.learned, 0);
}

TEST(DropIgnored, LowersTheVerdictToWhatIsLeft) {
  Judgement judgement;
  judgement.verdict = Verdict::kCritical;
  judgement.findings.resize(2);
  judgement.findings[0].where = "script[src] https://ads.example/a1.js";
  judgement.findings[0].severity = Severity::kCritical;
  judgement.findings[1].where = "iframe";
  judgement.findings[1].severity = Severity::kMedium;
  drop_ignored(judgement, {"script[src] https://ads.example/a2.js"});
  ASSERT_EQ(judgement.findings.size(), 1u);
  EXPECT_EQ(judgement.verdict, Verdict::kWarn);
  drop_ignored(judgement, {"iframe"});
  EXPECT_EQ(judgement.verdict, Verdict::kOk);
}

}  // namespace
}  // namespace vedette::sites
