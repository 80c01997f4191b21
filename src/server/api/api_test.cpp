// The API through the real HTTP server, store, desk and site watch on a loopback port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <set>

#include "net/http_client.h"
#include "server/config/config_reader.h"
#include "server/instance.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
namespace json = boost::json;
using testing::HasSubstr;

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  json::value body;
  std::string text;
};
using Extra = std::vector<std::pair<std::string, std::string>>;

// One instance for all tests of this file: starting one costs an Argon2 hash and a database.
// DuckDB is not built with the thread sanitizer, which then takes what it cannot see for races.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VEDETTE_THREAD_SANITIZER
#endif
#endif
#ifdef VEDETTE_THREAD_SANITIZER
constexpr bool kTakesLogs = false;
#else
constexpr bool kTakesLogs = true;
#endif

class ApiTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new store::TemporaryFolder;
    auto config = default_config();
    config.data_dir = (folder_->path() / "data").string();
    config.listen = "127.0.0.1:0";
    config.agents_listen = "127.0.0.1:0";
    config.log_enabled = kTakesLogs;
    config.chromium = "none";
    live_ = new LiveConfig(config, "", {});
    instance_ = Instance::open(*live_, *clock_, *metrics_)->release();
    ASSERT_TRUE(instance_->start().has_value());
    auto link = *instance_->setup_link();
    auto made = send("POST", "/setup",
                     {{"token", link.substr(link.find("token=") + 6)},
                      {"username", "linh"},
                      {"password", "a long pass phrase"},
                      {"language", "en"}},
                     {});
    ASSERT_EQ(made.status, 201) << made.text;
    take_session(made);
    access_ = *read_local_access({folder_->path() / "data"});
  }
  static void TearDownTestSuite() {
    delete instance_;
    delete live_;
    delete folder_;
  }

  static void take_session(const Answer& answer) {
    cookie_ = answer.headers.at("set-cookie");
    cookie_.resize(cookie_.find(';'));
    csrf_ = std::string(answer.body.at("csrf_token").as_string());
  }
  static Extra signed_in() {
    return {{"Cookie", cookie_}, {"X-CSRF-Token", csrf_}, {"Origin", instance_->url()}};
  }
  static Answer raw(const std::string& method, const std::string& path, const std::string& body,
                    Extra extra) {
    net::HttpClientRequest request;
    request.method = method;
    request.url = instance_->url() + path;
    request.headers = std::move(extra);
    request.body = body;
    auto got = net::http_call(request);
    EXPECT_TRUE(got.has_value()) << got.error().full();
    if (!got) return {};
    Answer out{got->status, {}, {}, got->body};
    for (auto& [name, value] : got->headers) {
      std::string lower;
      for (char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.headers[lower] = value;
    }
    json::error_code error;
    auto parsed = json::parse(got->body, error);
    if (!error) out.body = std::move(parsed);
    if (!error && got->status < 300) expect_as_documented(method, path, out);
    return out;
  }
  // Every answer a test gets is what the document says it is.
  static void expect_as_documented(const std::string& method, const std::string& path, const Answer& answer) {
    auto parts = [](std::string_view text) {
      std::vector<std::string> out;
      for (char c : text.substr(0, text.find('?'))) {
        if (c == '/') out.emplace_back();
        if (c != '/' && !out.empty()) out.back() += c;
      }
      return out;
    };
    if (!path.starts_with(kApiPrefix)) return;
    auto wanted = parts(path.substr(kApiPrefix.size()));
    for (const auto& operation : instance_->api().operations()) {
      auto own = parts(operation.path);
      bool fits = to_string(operation.method) == method && own.size() == wanted.size();
      for (std::size_t i = 0; fits && i < own.size(); ++i)
        fits = own[i].starts_with('{') || own[i] == wanted[i];
      if (!fits || !operation.response || operation.response_type != "application/json") continue;
      EXPECT_EQ(answer.status, operation.success) << operation.id;
      for (const auto& problem : check(*operation.response, answer.body, instance_->api().components()))
        ADD_FAILURE() << operation.id << ": " << problem.field << " "
                      << render(problem.detail, Language::kEnglish);
      return;
    }
  }
  static Answer send(const std::string& method, const std::string& path, const json::object& body,
                     Extra extra) {
    extra.emplace_back("Content-Type", "application/json");
    return raw(method, "/api/v1" + path, method == "GET" ? "" : json::serialize(body), std::move(extra));
  }
  static Answer as_admin(const std::string& method, const std::string& path, const json::object& body = {}) {
    return send(method, path, body, signed_in());
  }
  static Answer with_token(const std::string& token, const std::string& method, const std::string& path,
                           const json::object& body = {}) {
    return send(method, path, body, {{"Authorization", "Bearer " + token}});
  }

  static inline SystemClock* clock_ = new SystemClock;
  static inline Metrics* metrics_ = new Metrics;
  static inline store::TemporaryFolder* folder_ = nullptr;
  static inline LiveConfig* live_ = nullptr;
  static inline Instance* instance_ = nullptr;
  static inline std::string cookie_, csrf_;
  static inline LocalAccess access_;
};

TEST_F(ApiTest, TheDocumentHasEveryRouteAndOnlyThose) {
  auto document = raw("GET", "/api/v1/openapi.json", "", {});
  ASSERT_EQ(document.status, 200);
  EXPECT_EQ(document.body.at("openapi").as_string(), "3.1.0");
  std::set<std::string> documented, served, ids;
  for (const auto& [path, methods] : document.body.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      documented.insert(std::string(method) + " " + std::string(path));
      EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second);
      EXPECT_FALSE(operation.at("responses").as_object().empty());
    }
  }
  for (const auto& operation : instance_->api().operations()) {
    std::string method(to_string(operation.method));
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    served.insert(method + " " + std::string(operation.path));
  }
  EXPECT_EQ(documented, served);
  EXPECT_GT(served.size(), 50u);
  std::size_t at = 0;  // every reference leads somewhere
  while ((at = document.text.find("#/components/schemas/", at)) != std::string::npos) {
    at += 21;
    EXPECT_TRUE(document.body.at("components")
                    .at("schemas")
                    .as_object()
                    .contains(document.text.substr(at, document.text.find('"', at) - at)));
  }
}

TEST_F(ApiTest, EveryListAnswersAsDocumented) {
  for (const auto& operation : instance_->api().operations()) {
    if (operation.method != net::Method::kGet || operation.stream ||
        operation.path.find('{') != std::string_view::npos)
      continue;
    const bool there = operation.tag != "logs" || kTakesLogs;
    EXPECT_EQ(as_admin("GET", std::string(operation.path)).status, there ? 200 : 404) << operation.id;
  }
}

TEST_F(ApiTest, EveryClosedOperationRefusesAStranger) {
  for (const auto& operation : instance_->api().operations()) {
    if (operation.open) continue;
    std::string path(operation.path);
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "x");
    auto answer = send(std::string(to_string(operation.method)), path, {}, {});
    EXPECT_EQ(answer.status, 401) << operation.id;
    EXPECT_EQ(answer.headers["content-type"], "application/problem+json") << operation.id;
  }
}

TEST_F(ApiTest, AWriteWithTheCookieNeedsTokenAndOrigin) {
  json::object site{{"url", "https://a.example/"}, {"enabled", false}};
  EXPECT_EQ(send("POST", "/sites", site, {{"Cookie", cookie_}}).status, 403);
  EXPECT_EQ(send("POST", "/sites", site, {{"Cookie", cookie_}, {"X-CSRF-Token", csrf_}}).status, 403);
  EXPECT_EQ(send("POST", "/sites", site,
                 {{"Cookie", cookie_}, {"X-CSRF-Token", csrf_}, {"Origin", "https://evil.example"}})
                .status,
            403);
  EXPECT_EQ(send("POST", "/sites", site,
                 {{"Cookie", cookie_},
                  {"X-CSRF-Token", (csrf_[0] == '0' ? "1" : "0") + csrf_.substr(1)},
                  {"Origin", instance_->url()}})
                .status,
            403);
  EXPECT_EQ(as_admin("POST", "/sites", site).status, 201);
  EXPECT_EQ(as_admin("POST", "/sites", site).status, 409);
}

TEST_F(ApiTest, WhatIsRefusedIsSaidInTheReadersLanguage) {
  auto detail = [](const Answer& answer) { return std::string(answer.body.at("detail").as_string()); };
  // Nobody is signed in: the request's own language.
  auto vietnamese = raw("GET", "/api/v1/sites", "", {{"Accept-Language", "vi-VN,vi;q=0.9,en;q=0.5"}});
  EXPECT_EQ(vietnamese.status, 401);
  EXPECT_EQ(detail(vietnamese), "hãy đăng nhập, hoặc gửi một mã API");
  EXPECT_EQ(vietnamese.body.at("title").as_string(), "Chưa đăng nhập");
  EXPECT_EQ(detail(raw("GET", "/api/v1/sites", "", {{"Accept-Language", "en"}})),
            "sign in, or send an API token");
  // A token speaks the language of its request; `lang` goes before all.
  Extra token{{"Authorization", "Bearer " + access_.token}, {"Content-Type", "application/json"}};
  auto token_vi = token;
  token_vi.emplace_back("Accept-Language", "vi");
  auto gone = raw("GET", "/api/v1/alerts/none", "", token_vi);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(detail(gone), "không có cảnh báo none");
  EXPECT_EQ(detail(raw("GET", "/api/v1/alerts/none", "", token)), "there is no alert none");
  EXPECT_EQ(detail(raw("GET", "/api/v1/alerts/none?lang=vi", "", token)), "không có cảnh báo none");
  // A signed-in person: the language of the account, whatever the browser sends.
  auto english = signed_in();
  english.emplace_back("Accept-Language", "vi");
  EXPECT_EQ(detail(raw("GET", "/api/v1/alerts/none", "", english)), "there is no alert none");
  // Fields, and what the rooms say about a value.
  auto empty = raw("POST", "/api/v1/sites", R"({"url":""})", token_vi);
  EXPECT_EQ(empty.status, 422);
  EXPECT_EQ(detail(empty), "url không được để trống");
  EXPECT_EQ(empty.body.at("errors").as_array()[0].at("detail").as_string(), "không được để trống");
  auto metadata = raw("POST", "/api/v1/sites", R"({"url":"http://169.254.169.254/"})", token_vi);
  EXPECT_EQ(metadata.status, 422);
  EXPECT_THAT(detail(metadata), HasSubstr("không bao giờ được tải"));
}

TEST_F(ApiTest, ABodyIsCheckedFieldByField) {
  auto wrong = as_admin(
      "POST", "/sites",
      {{"url", ""}, {"interval_s", 1}, {"tagz", json::array{}}, {"headers", json::object{{"X", 1}}}});
  EXPECT_EQ(wrong.status, 422);
  std::set<std::string> fields;
  for (const auto& one : wrong.body.at("errors").as_array()) fields.emplace(one.at("field").as_string());
  EXPECT_EQ(fields, (std::set<std::string>{"url", "interval_s", "tagz", "headers.X"}));
  EXPECT_THAT(wrong.text, HasSubstr("did you mean tags?"));
  auto extra = signed_in();
  EXPECT_EQ(raw("POST", "/api/v1/sites", "url=x", extra).status, 415);
  extra.emplace_back("Content-Type", "application/json");
  EXPECT_EQ(raw("POST", "/api/v1/sites", "{\"url\":", extra).status, 400);
  EXPECT_EQ(raw("POST", "/api/v1/sites", std::string(100, '['), extra).status, 400);
  EXPECT_EQ(raw("POST", "/api/v1/sites", "\"" + std::string(70'000, 'a') + "\"", extra).status, 413);
  EXPECT_EQ(as_admin("GET", "/sites?limit=501").status, 422);
  EXPECT_EQ(as_admin("GET", "/sites?colour=red").status, 422);
}

TEST_F(ApiTest, TheSameWriteTwiceUnderOneKeyRunsOnce) {
  json::object site{{"url", "https://once.example/"}, {"enabled", false}};
  auto extra = signed_in();
  extra.emplace_back("Idempotency-Key", "key-1");
  auto first = send("POST", "/sites", site, extra), second = send("POST", "/sites", site, extra);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(first.text, second.text);
  EXPECT_EQ(second.headers["idempotency-replayed"], "true");
  EXPECT_EQ(send("POST", "/sites", {{"url", "https://other.example/"}}, extra).status, 422);
  extra.back().second = "key-2";
  auto made = send("POST", "/tokens", {{"name", "ci"}, {"scopes", json::array{"read"}}}, extra);
  EXPECT_EQ(made.status, 201);
  auto again = send("POST", "/tokens", {{"name", "ci"}, {"scopes", json::array{"read"}}}, extra);
  EXPECT_EQ(again.status, 409);  // a secret is shown once
  EXPECT_EQ(again.text.find("vdt_"), std::string::npos);
}

TEST_F(ApiTest, AnIncidentIsWorkedByAnalystsAndClosedByLeads) {
  auto worker = std::string(
      as_admin("POST", "/tokens", {{"name", "work"}, {"scopes", json::array{"read", "incidents:write"}}})
          .body.at("token")
          .as_string());
  auto opened = with_token(worker, "POST", "/incidents",
                           {{"title", "Trang chủ bị thay"},
                            {"severity", "high"},
                            {"regimes", json::array{"vn_personal_data"}},
                            {"detected_at", to_rfc3339(clock_->wall())}});
  ASSERT_EQ(opened.status, 201) << opened.text;
  auto path = "/incidents/" + std::string(opened.body.at("id").as_string());
  EXPECT_EQ(with_token(worker, "POST", path + "/close").status, 403);
  auto refused = as_admin("POST", path + "/close?lang=vi");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.text, HasSubstr("Thông báo vi phạm"));
  EXPECT_EQ(
      with_token(worker, "POST", path + "/reports", {{"regime", "vn_personal_data"}, {"step", "notice"}})
          .status,
      200);
  auto detail = as_admin("GET", path);
  const auto& clock = detail.body.at("clocks").at(0);
  EXPECT_EQ(clock.at("state").as_string(), "done");
  EXPECT_EQ(clock.at("status").as_string(), "unverified");
  EXPECT_EQ(as_admin("POST", path + "/close", {{"note", "xong"}}).status, 200);
  EXPECT_EQ(with_token(worker, "PATCH", path, {{"revision", 3}, {"title", "x"}}).status, 409)
      << "it is closed";
  EXPECT_EQ(as_admin("GET", path + "/timeline").body.at("items").as_array().size(), 3u);
}

TEST_F(ApiTest, ListsComeInPages) {
  std::string lines;
  for (int i = 0; i < 25; ++i)
    lines += "https://paged-" + std::to_string(i) + ".example/ Site " + std::to_string(i) + "\n";
  auto imported = as_admin("POST", "/sites/import", {{"format", "lines"}, {"content", lines + "nonsense\n"}});
  EXPECT_EQ(imported.body.at("added").as_array().size(), 25u);
  EXPECT_EQ(imported.body.at("skipped").as_array().size(), 1u);
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    auto page = as_admin("GET", "/sites?q=paged-&limit=10" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& site : page.body.at("items").as_array())
      EXPECT_TRUE(seen.emplace(site.at("id").as_string()).second);
    const auto* next = page.body.at("next_cursor").if_string();
    cursor = next ? std::string(*next) : "";
  } while (!cursor.empty() && ++pages < 10);
  EXPECT_EQ(seen.size(), 25u);
}

TEST_F(ApiTest, RolesAndScopesBound) {
  ASSERT_EQ(as_admin("POST", "/users",
                     {{"username", "xem"}, {"password", "another pass phrase"}, {"role", "viewer"}})
                .status,
            201);
  auto in = send("POST", "/session", {{"username", "xem"}, {"password", "another pass phrase"}}, {});
  ASSERT_EQ(in.status, 200) << in.text;
  auto cookie = in.headers["set-cookie"];
  EXPECT_THAT(cookie, HasSubstr("__Host-vedette="));
  EXPECT_THAT(cookie, HasSubstr("Secure; HttpOnly; SameSite=Lax"));
  Extra viewer{{"Cookie", cookie.substr(0, cookie.find(';'))},
               {"X-CSRF-Token", std::string(in.body.at("csrf_token").as_string())},
               {"Origin", instance_->url()}};
  EXPECT_EQ(send("GET", "/alerts", {}, viewer).status, 200);
  EXPECT_EQ(send("POST", "/sites", {{"url", "https://no.example"}}, viewer).status, 403);
  EXPECT_EQ(send("GET", "/users", {}, viewer).status, 403);
  auto token =
      std::string(as_admin("POST", "/tokens", {{"name", "deploy"}, {"scopes", json::array{"sites:deploy"}}})
                      .body.at("token")
                      .as_string());
  auto refused = with_token(token, "GET", "/sites");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.headers.at("www-authenticate"),
            "Bearer realm=\"vedette\", error=\"insufficient_scope\", scope=\"sites:read\"");
  auto site = as_admin("POST", "/sites", {{"url", "https://window.example/"}, {"enabled", false}});
  auto path = "/sites/" + std::string(site.body.at("id").as_string());
  EXPECT_EQ(with_token(token, "POST", path + "/windows", {{"minutes", 30}, {"reason", "release 7"}}).status,
            201);
  EXPECT_EQ(with_token("vdt_wrong", "GET", "/sites").status, 401);
}

TEST_F(ApiTest, SecretsOfASiteAreNotShownAndStayWhenSentBack) {
  auto site = as_admin("POST", "/sites",
                       {{"url", "https://secret.example/"},
                        {"enabled", false},
                        {"bearer_token", "s3cret"},
                        {"headers", json::object{{"X-Key", "k3y"}}}});
  ASSERT_EQ(site.status, 201) << site.text;
  auto path = "/sites/" + std::string(site.body.at("id").as_string());
  auto detail = as_admin("GET", path);
  EXPECT_EQ(detail.text.find("s3cret"), std::string::npos);
  EXPECT_EQ(detail.text.find("k3y"), std::string::npos);
  EXPECT_EQ(detail.body.at("config").at("bearer_token").as_string(), "********");
  EXPECT_EQ(as_admin("PATCH", path, {{"bearer_token", "********"}, {"name", "Renamed"}})
                .body.at("name")
                .as_string(),
            "Renamed");
}

TEST_F(ApiTest, PagesWorkWithoutJavaScriptAndCarryTheHeaders) {
  auto page = raw("GET", "/signin", "", {{"Accept-Language", "vi"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, HasSubstr("Đăng nhập"));
  EXPECT_THAT(page.headers["content-security-policy"], HasSubstr("default-src 'none'; script-src 'self'"));
  EXPECT_EQ(page.headers["x-content-type-options"], "nosniff");
  std::string form = "username=linh&password=a+long+pass%20phrase";
  Extra from_here{{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", instance_->url()}};
  auto in = raw("POST", "/signin", form, from_here);
  EXPECT_EQ(in.status, 303);
  EXPECT_THAT(in.headers["set-cookie"], HasSubstr("__Host-vedette="));
  EXPECT_EQ(raw("POST", "/signin", form,
                {{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", "https://evil.example"}})
                .status,
            403);
  EXPECT_EQ(raw("GET", "/a/unknown", "", {}).status, 404);
  EXPECT_EQ(raw("GET", "/assets/none.js", "", {}).status, 404);
  EXPECT_EQ(raw("GET", "/alerts/123", "", {}).status, 200);
  EXPECT_EQ(raw("GET", "/healthz", "", {}).text, "ok\n");
  EXPECT_THAT(raw("GET", "/metrics", "", {}).text, HasSubstr("# TYPE"));
}

TEST_F(ApiTest, ThePhonePageNeedsASessionAndTakesOnlyItsOwnForms) {
  auto away = raw("GET", "/phone", "", {});
  EXPECT_EQ(away.status, 303);
  EXPECT_EQ(away.headers["location"], "/signin?next=/phone");
  EXPECT_THAT(raw("GET", "/signin?next=/phone", "", {}).text, HasSubstr("value=\"/phone\""));
  EXPECT_THAT(raw("GET", "/signin?next=https://evil.example", "", {}).text,
              testing::Not(HasSubstr("evil.example")));
  Extra form{{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", instance_->url()}};
  auto in = raw("POST", "/signin", "username=linh&password=a+long+pass%20phrase&next=/phone", form);
  EXPECT_EQ(in.headers["location"], "/phone");
  auto cookie = in.headers["set-cookie"];
  cookie = cookie.substr(0, cookie.find(';'));
  auto shown = raw("GET", "/phone", "", {{"Cookie", cookie}});
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.headers["cache-control"], "no-store");
  auto session = raw("GET", "/api/v1/session", "", {{"Cookie", cookie}});
  auto csrf = std::string(json::parse(session.text).at("csrf_token").as_string());
  form.push_back({"Cookie", cookie});
  EXPECT_EQ(raw("POST", "/phone/acknowledge", "alert=none&csrf=wrong", form).status, 403);
  EXPECT_EQ(raw("POST", "/phone/acknowledge", "alert=none&csrf=" + csrf, form).status, 409)
      << "no such alert";
  form[1].second = "https://evil.example";
  EXPECT_EQ(raw("POST", "/phone/acknowledge", "alert=none&csrf=" + csrf, form).status, 403);
}

TEST_F(ApiTest, CommandsOnThisMachineHaveATokenOnlyTheirUserCanRead) {
  EXPECT_EQ(with_token(access_.token, "GET", "/users").status, 200);
  struct stat status{};
  ASSERT_EQ(stat((folder_->path() / "data/local.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(Instance::open(*live_, *clock_, *metrics_).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(as_admin("GET", "/audit/verify").body.at("ok").as_bool());
}

}  // namespace
}  // namespace vedette::server
