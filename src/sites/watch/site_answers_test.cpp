// Operators' answers, settings and certificates, through the interface of the running watch.
#include <fmt/format.h>

#include "net/nginx_fixture.h"
#include "sites/watch/site_memory.h"
#include "sites/watch/site_store.h"
#include "sites/watch/site_watch_fixture.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::SiteWatchTest;

class SiteAnswersTest : public SiteWatchTest {
 protected:
  // The own page with a loader of a stranger, the same on every fetch but for the token.
  static std::string injected(int token) {
    auto page = test::own_page(token);
    return page.insert(page.find("</main>"),
                       "<iframe src=https://frames.evil-example.net/f.html width=0 height=0></iframe>");
  }
  std::set<std::string> places() {
    std::set<std::string> out;
    for (const auto& f : sink_.all()) {
      if (f.state == FindingState::kPresent && f.dedup_key.ends_with("/content")) out.insert(f.where);
    }
    return out;
  }
  int of_question(std::string_view question) {
    int count = 0;
    for (const auto& f : sink_.all()) count += f.dedup_key.ends_with(question);
    return count;
  }
  std::string stored_config(const std::string& id) {
    std::string out;
    EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT config FROM sites_site WHERE id = ?", {id}));
      out = rows.at(0).text(0);
      return {};
    }));
    return out;
  }
};

TEST_F(SiteAnswersTest, AnIgnoredPlaceStaysQuietAcrossARestartUntilItIsWatchedAgain) {
  auto id = learnt();
  show(injected(20));
  check(id);
  ASSERT_TRUE(eventually([&] { return !places().empty(); }));
  EXPECT_NE(site(id).state, SiteState::kOk);
  for (const auto& where : places()) {
    auto rule = watch_->ignore(id, where, "our statistics", "an analyst");
    ASSERT_TRUE(rule) << rule.error().full();
    EXPECT_EQ(rule->by, "an analyst");
  }
  ASSERT_TRUE(eventually([&] { return site(id).state == SiteState::kOk; }));
  const auto reported = places().size();
  const auto told = content_findings(Severity::kLow);
  show(injected(21));
  EXPECT_EQ(check(id).state, SiteState::kOk);
  watch_.reset();
  make();
  show(injected(22));
  EXPECT_EQ(check(id).state, SiteState::kOk);
  EXPECT_EQ(content_findings(Severity::kLow), told);

  auto rules = watch_->ignores(id).value_or(std::vector<IgnoreRule>{});
  ASSERT_EQ(rules.size(), reported);
  EXPECT_EQ(rules[0].reason, "our statistics");
  EXPECT_EQ(watch_->unignore(id, "no-such-rule", "a lead").error().code(), ErrorCode::kNotFound);
  for (const auto& rule : rules) ASSERT_TRUE(watch_->unignore(id, rule.id, "a lead"));
  EXPECT_TRUE(watch_->ignores(id)->empty());
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kLow) > told; }));
  EXPECT_NE(site(id).state, SiteState::kOk);
  EXPECT_EQ(watch_->ignore(id, "", "", "x").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(watch_->ignore("no-such-site", "a", "", "x").error().code(), ErrorCode::kNotFound);
}

TEST_F(SiteAnswersTest, ADeployWindowLearnsWhatChangesAndOutlivesARestart) {
  auto id = learnt();
  ASSERT_TRUE(watch_->open_window(id, 30min, "release 1.2", "token ci"));
  EXPECT_EQ(site(id).state, SiteState::kMaintenance);
  ASSERT_TRUE(site(id).window_until.has_value());
  watch_.reset();
  make();
  EXPECT_EQ(site(id).state, SiteState::kMaintenance);
  show(test::other_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return of_question("/deploy") > 0; }));
  for (const auto& f : sink_.all()) EXPECT_EQ(f.severity, Severity::kInformational) << f.kind;
  EXPECT_EQ(content_findings(Severity::kInformational), 0);
  ASSERT_TRUE(watch_->close_window(id, "token ci"));
  EXPECT_FALSE(site(id).window_until.has_value());
  EXPECT_EQ(check(id).state, SiteState::kOk) << "what was deployed is the page now";

  // A window excuses no attacker.
  ASSERT_TRUE(watch_->open_window(id, 30min, "release 1.3", "token ci"));
  show(test::defaced_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kHigh) > 0; }));
  EXPECT_EQ(site(id).state, SiteState::kCritical);
  EXPECT_EQ(watch_->open_window(id, 0min, "", "x").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(watch_->open_window(id, 10'081min, "", "x").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(watch_->open_window("no-such-site", 5min, "", "x").error().code(), ErrorCode::kNotFound);
}

TEST_F(SiteAnswersTest, WhatCouldNotBeRecordedIsNotDoneAndTheWatchGoesOn) {
  auto id = learnt();
  auto refused = [](store::Session&, const std::string&) -> Result<void> {
    return fail(ErrorCode::kConflict, "the record does not take it");
  };
  auto code = [](const auto& result) { return result ? std::optional<ErrorCode>() : result.error().code(); };
  auto before = site(id);
  EXPECT_EQ(code(watch_->open_window(id, 30min, "release", "x", refused)), ErrorCode::kConflict);
  EXPECT_FALSE(site(id).window_until.has_value());
  show(injected(20));
  check(id);
  ASSERT_TRUE(eventually([&] { return !places().empty(); }));
  auto changed = site(id);
  ASSERT_NE(changed.last_snapshot, before.reference_snapshot);
  EXPECT_EQ(code(watch_->approve(id, changed.last_snapshot, "x", refused)), ErrorCode::kConflict);
  EXPECT_EQ(site(id).reference_snapshot, changed.reference_snapshot);
  EXPECT_NE(check(id).state, SiteState::kOk) << "the page was not approved after all";
  EXPECT_EQ(code(watch_->remove(id, refused)), ErrorCode::kConflict);
  EXPECT_NE(check(id).state, SiteState::kOk) << "it is still watched";
  ASSERT_TRUE(watch_->approve(id, site(id).last_snapshot, "x"));
  EXPECT_TRUE(eventually([&] { return site(id).state == SiteState::kOk; }));
}

TEST_F(SiteAnswersTest, NewSettingsHoldFromTheNextCheckOnAndReachTheSlowRota) {
  watch_.reset();
  options_.dns_interval = options_.resource_interval = options_.cloak_interval = 0s;
  make();
  auto looks = [&] {
    for (const auto& queue : watch_->queues()) {
      if (queue.name == "sites.slow_looks") return queue.capacity;
    }
    return std::size_t{999};
  };
  auto id = add(url("/"));
  EXPECT_EQ(site(id).state, SiteState::kLearning);
  EXPECT_EQ(looks(), 0u);
  auto next = options_;
  next.learn_fetches = 2;
  next.cloak_interval = 3600s;
  next.resource_interval = 600s;
  next.page_bytes_max = 1000;
  next.snapshot_folder = folder_ / "elsewhere";
  watch_->reload(next);
  EXPECT_EQ(looks(), 2u);
  EXPECT_EQ(check(id).state, SiteState::kLearning) << "larger than 1,000 bytes: not read, not learnt";
  EXPECT_EQ(site(id).learned, 1);
  EXPECT_FALSE(site(id).last_error.empty());
  next.page_bytes_max = options_.page_bytes_max;
  next.cloak_interval = 0s;
  watch_->reload(next);
  show(test::own_page(2));
  check(id);
  EXPECT_EQ(site(id).learned, 2);
  EXPECT_EQ(site(id).learn_target, 2);
  ASSERT_TRUE(eventually([&] { return looks() == 1u; }));
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere")) << "evidence does not move while the watch runs";
}

TEST_F(SiteAnswersTest, ACertificateThatTurnsBadAfterLearningIsReportedAndResolved) {
  net::testing_server::Nginx server;
  server.write("html/index.html", test::own_page(1));
  server.start("location = / { default_type text/html; try_files /index.html =404; }");
  const auto ca = folder_ / "ca.pem", good_key = folder_ / "good.key";
  fs::copy_file(server.certificate(), ca);
  fs::copy_file(server.key(), good_key);
  SiteConfig config;
  config.url = server.https_url() + "/";
  config.ca_file = ca;
  auto id = add(std::move(config));
  for (int i = 2; i < 20 && site(id).learned < 4; ++i) {
    server.write("html/index.html", test::own_page(i));
    check(id);
  }
  ASSERT_EQ(site(id).state, SiteState::kOk) << site(id).last_error;

  server.make_certificate("DNS:other.example");
  server.reload();
  ASSERT_TRUE(eventually([&] { return check(id).state == SiteState::kUnavailable; }))
      << to_string(site(id).state) << ": " << site(id).last_error;
  ASSERT_TRUE(eventually([&] { return of_question("/tls") > 0; }));
  server.write("html/index.html", test::defaced_page());  // whoever took the name over shows what he likes
  check(id);
  EXPECT_EQ(content_findings(Severity::kInformational), 0) << "nothing behind a refused certificate is read";
  auto tls = sink_.all().front();
  for (const auto& f : sink_.all()) {
    if (f.dedup_key.ends_with("/tls")) tls = f;
  }
  EXPECT_EQ(tls.kind, "tls_wrong_name");
  EXPECT_EQ(tls.severity, Severity::kHigh);
  EXPECT_FALSE(site(id).last_error.empty());

  server.write("html/index.html", test::own_page(9));
  fs::copy_file(ca, server.certificate(), fs::copy_options::overwrite_existing);
  fs::copy_file(good_key, server.key(), fs::copy_options::overwrite_existing);
  server.reload();
  ASSERT_TRUE(eventually([&] { return check(id).state == SiteState::kOk; })) << site(id).last_error;
  ASSERT_TRUE(eventually([&] { return sink_.all().back().state == FindingState::kResolved; }));
}

TEST_F(SiteAnswersTest, SecretsOfSitesAreSealedAndOldRowsAreSealedAtStart) {
  SiteConfig config;
  config.url = url("/");
  config.bearer_token = Secret("TOKEN-sesame");
  config.headers = {{"X-Api-Key", "KEY-sesame"}};
  config.proxy = fmt::format("http://user:PROXY-sesame@127.0.0.1:{}", nginx_.http_port());
  config.enabled = false;
  auto added = watch_->add(config);
  ASSERT_TRUE(added) << added.error().full();
  auto id = added->id;
  EXPECT_EQ(stored_config(id).find("sesame"), std::string::npos) << stored_config(id);
  watch_.reset();
  // As a version without sealing left it.
  ASSERT_TRUE(database_->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE sites_site SET config = ? WHERE id = ?",
                        {fmt::format(R"({{"url":"{}","enabled":false,"bearer_token":"TOKEN-sesame",)"
                                     R"("headers":[["X-Api-Key","KEY-sesame"]],"proxy":""}})",
                                     config.url),
                         id}));
    return {};
  }));
  make();
  EXPECT_EQ(site(id).config.bearer_token.reveal(), "TOKEN-sesame");
  EXPECT_EQ(stored_config(id).find("sesame"), std::string::npos) << stored_config(id);
  watch_.reset();
  make();
  EXPECT_EQ(site(id).config.bearer_token.reveal(), "TOKEN-sesame");
  EXPECT_EQ(site(id).config.headers, config.headers);

  // With another key file the site is still watched, and says what it lacks.
  watch_.reset();
  options_.key_file = folder_ / "other.key";
  make();
  EXPECT_TRUE(site(id).config.bearer_token.empty());
  auto sights = watch_->site_sights(id).value_or(std::vector<Sight>{});
  EXPECT_TRUE(
      std::ranges::any_of(sights, [](const Sight& s) { return s.reason == "sites.sight.secrets.lost"; }));
}

}  // namespace
}  // namespace vedette::sites
