// What the desk's tests share: a desk on a real database with a clock that is moved by hand and a transport
// that keeps what it was given and fails when told to.
#pragma once

#include <gtest/gtest.h>

#include "base/id.h"
#include "desk/desk_core.h"
#include "store/temporary_folder.h"

namespace vedette::desk {

class RecordingTransport final : public Transport {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<net::Mail> mails;
    std::vector<net::HttpClientRequest> calls;
    std::optional<Error> mail_error;
    std::map<std::string, Error> refused;  // by recipient
    int http_status = 200;
    std::string http_body = "answer";
    std::vector<std::pair<std::string, std::string>> http_headers;
    std::function<void()> before_answer;  // runs while the channel "works"
  };
  explicit RecordingTransport(Log& log) : log_(log) {}

  Result<net::SmtpAcceptance> send_mail(const net::SmtpServer&, const net::Mail& mail) override {
    if (log_.before_answer) log_.before_answer();
    std::lock_guard lock(log_.mutex);
    log_.mails.push_back(mail);
    for (const auto& to : mail.to) {
      if (auto found = log_.refused.find(to); found != log_.refused.end())
        return std::unexpected(found->second);
    }
    if (log_.mail_error) return std::unexpected(*log_.mail_error);
    return net::SmtpAcceptance{"250 2.0.0 queued"};
  }
  Result<net::HttpClientResponse> http_call(const net::HttpClientRequest& request) override {
    if (log_.before_answer) log_.before_answer();
    std::lock_guard lock(log_.mutex);
    log_.calls.push_back(request);
    return net::HttpClientResponse{log_.http_status, log_.http_headers, log_.http_body};
  }

 private:
  Log& log_;
};

// The value of a result that is gone at the end of the expression: for loops over it.
template <class T>
T copy_of(Result<T> result) {
  EXPECT_TRUE(result) << result.error().full();
  return result ? *std::move(result) : T{};
}

struct DeskTest : testing::Test {
  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database =
      *store::open_sqlite({.path = folder / "state.db"}, desk_migrations(), clock, metrics);
  RecordingTransport::Log sent;
  std::unique_ptr<DeskCore> desk = make();
  std::string mail_channel, hook_channel;

  std::unique_ptr<DeskCore> make(std::string language = "vi") {
    DeskOptions options{.public_url = "https://vedette.example.org", .mail_language = std::move(language)};
    auto made = std::make_unique<DeskCore>(options, *database, clock, metrics,
                                           std::make_unique<RecordingTransport>(sent));
    auto prepared = made->prepare();
    EXPECT_TRUE(prepared) << prepared.error().full();
    return made;
  }
  // As after kill -9: nothing of the old desk is finished or told.
  void restart() {
    desk.reset();
    desk = make();
  }
  // Step 1 by mail to two people, step 2 after 10 minutes by webhook, then every 15 minutes.
  void two_steps() {
    mail_channel = save(
        {"", "Trực ca", ChannelKind::kSmtp, true,
         R"({"host":"mail.example.org","from":"vedette@example.org","to":["an@example.org","binh@example.org"],"password":"hunter2hunter2"})"});
    hook_channel = save({"", "SOC", ChannelKind::kWebhook, true,
                         R"({"url":"https://soc.example.org/hook","secret":"0123456789abcdef"})"});
    auto saved = desk->save_ladder({{{0, {mail_channel}}, {10, {hook_channel}}}, 15, Severity::kHigh}, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
  }
  std::string save(const Channel& channel) {
    auto saved = desk->save_channel(channel, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? saved->id : "";
  }
  Finding finding(std::string key = "sites/1/content", Severity severity = Severity::kCritical) {
    Finding f;
    f.uid = new_id(clock);
    f.kind = "page_replaced";
    f.severity = severity;
    f.confidence = 97;
    f.asset = {"site", "1", "Cổng thông tin"};
    f.title = {"Trang chủ đã bị thay", {}};
    f.reason = {"Toàn bộ khối ổn định biến mất", {}};
    f.next_step = {"Khôi phục trang từ bản sao lưu", {}};
    f.where = "/html/body";
    f.before = "Sở Thông tin";
    f.after = "HACKED BY nobody";
    f.dedup_key = std::move(key);
    f.observed_at = clock.wall();
    return f;
  }
  // The alert after reporting it.
  Alert raise(const Finding& f) {
    auto reported = desk->report({f});
    EXPECT_TRUE(reported) << reported.error().full();
    return find(f.dedup_key);
  }
  Alert find(const std::string& dedup_key) {
    auto all = desk->alerts({.limit = 500});
    EXPECT_TRUE(all) << all.error().full();
    for (const auto& alert : all->items) {
      if (alert.dedup_key == dedup_key) return alert;
    }
    ADD_FAILURE() << "no alert " << dedup_key;
    return {};
  }
  // Time passes minute by minute, as the running desk would see it.
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      clock.advance(std::chrono::minutes(1));
      work();
    }
  }
  void work() {
    auto climbed = desk->climb_due();
    EXPECT_TRUE(climbed) << climbed.error().full();
    auto tried = desk->send_due();
    EXPECT_TRUE(tried) << tried.error().full();
  }
  std::vector<std::string> timeline_kinds(const std::string& alert_id) {
    std::vector<std::string> kinds;
    for (const auto& entry : copy_of(desk->timeline(alert_id))) kinds.push_back(entry.kind);
    return kinds;
  }
  std::vector<std::string> states(const std::string& alert_id) {
    std::vector<std::string> out;
    for (const auto& n : copy_of(desk->notifications(alert_id))) out.push_back(n.state);
    std::ranges::sort(out);
    return out;
  }
  static std::string link_token(const net::Mail& mail) {
    auto at = mail.text.find("/a/");
    return at == std::string::npos ? "" : mail.text.substr(at + 3, 64);
  }
};

}  // namespace vedette::desk
