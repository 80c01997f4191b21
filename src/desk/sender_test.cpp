#include "desk/sender.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/hash.h"
#include "desk/desk_fixture.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct SenderTest : DeskTest {
  std::string header(const net::HttpClientRequest& call, std::string_view name) {
    for (const auto& [key, value] : call.headers) {
      if (key == name) return value;
    }
    return "";
  }
};

TEST_F(SenderTest, EachRecipientGetsAMailWithALinkOfTheirOwn) {
  two_steps();
  auto alert = raise(finding());
  work();
  ASSERT_EQ(sent.mails.size(), 2u);
  EXPECT_NE(sent.mails[0].to, sent.mails[1].to);
  EXPECT_NE(link_token(sent.mails[0]), link_token(sent.mails[1]));
  EXPECT_NE(sent.mails[0].message_id, sent.mails[1].message_id);
  auto shown = desk->alert_by_link(link_token(sent.mails[0]));
  ASSERT_TRUE(shown) << shown.error().full();
  EXPECT_EQ(shown->id, alert.id);
  EXPECT_EQ(find(alert.dedup_key).state, AlertState::kNew) << "showing it changes nothing";
  auto acknowledged = desk->acknowledge_by_link(link_token(sent.mails[0]));
  ASSERT_TRUE(acknowledged) << acknowledged.error().full();
  EXPECT_EQ(acknowledged->acknowledged_by, "link/" + sent.mails[0].to[0]);
  EXPECT_TRUE(desk->acknowledge_by_link(link_token(sent.mails[1]))) << "twice does no harm";
  minutes(60);
  EXPECT_TRUE(sent.calls.empty());
  EXPECT_EQ(desk->alert_by_link(std::string(64, '0')).error().code(), ErrorCode::kNotFound);
}

TEST_F(SenderTest, TheDatabaseHoldsNoLinkThatWorks) {
  two_steps();
  raise(finding());
  work();
  std::string token = link_token(sent.mails[0]);
  ASSERT_EQ(token.size(), 64u);
  ASSERT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT link_hash FROM notifications"));
    for (const auto& row : rows) EXPECT_NE(row.text(0), token);
    return {};
  }));
}

TEST_F(SenderTest, ALinkOfAnEarlierRoundDoesNotAnswerALaterOne) {
  two_steps();
  auto alert = raise(finding());
  work();
  ASSERT_TRUE(desk->close(alert.id, Resolution::kBenign, "", "lan"));
  raise(finding());
  auto late = desk->acknowledge_by_link(link_token(sent.mails[0]));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(find(alert.dedup_key).state, AlertState::kNew);
}

TEST_F(SenderTest, ARetryIsTheSameMailWithTheSameKeyAndWaitsLonger) {
  two_steps();
  auto alert = raise(finding());
  sent.mail_error = Error(ErrorCode::kUnavailable, "451 greylisted");
  work();
  EXPECT_EQ(sent.mails.size(), 2u);
  auto first = sent.mails;
  work();
  EXPECT_EQ(sent.mails.size(), 2u) << "not before its time";
  sent.mail_error.reset();
  clock.advance(std::chrono::seconds(7));
  work();
  ASSERT_EQ(sent.mails.size(), 4u);
  std::set<std::string> ids, again;
  for (int i = 0; i < 2; ++i) ids.insert(first[static_cast<std::size_t>(i)].message_id);
  for (std::size_t i = 2; i < 4; ++i) again.insert(sent.mails[i].message_id);
  EXPECT_EQ(ids, again);
  EXPECT_THAT(states(alert.id), ElementsAre("accepted", "accepted"));
  EXPECT_THAT(timeline_kinds(alert.id), Contains("failed"));
  for (const auto& n : copy_of(desk->notifications(alert.id))) {
    EXPECT_EQ(n.attempts, 2);
    EXPECT_EQ(n.receipt, "250 2.0.0 queued");
  }
}

TEST_F(SenderTest, WhatWasBeingSentAtACrashIsSentAgainWithTheSameKey) {
  two_steps();
  auto alert = raise(finding());
  std::string owner = "dead/sender";
  DueClock due(clock);
  auto keys = *Keys::load(folder / "state.db.key");
  DeskOptions options;
  std::uint64_t owed = 0;
  DeskContext context{options, clock, due, keys, metrics, owed};
  std::optional<Claim> claim;
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(claim, claim_next(session, context, owner, {}));
    return {};
  }));
  ASSERT_TRUE(claim);
  work();
  EXPECT_EQ(sent.mails.size(), 1u) << "the other one; this one is leased";
  restart();
  work();
  ASSERT_EQ(sent.mails.size(), 2u) << "a new process ends the leases of the dead one";
  EXPECT_THAT(sent.mails[1].message_id, HasSubstr(claim->notification.id));
  // The dead one comes back late: its word no longer counts.
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(bool ours, settle_accepted(session, context, *claim, "late"));
    EXPECT_FALSE(ours);
    return {};
  }));
}

TEST_F(SenderTest, ALeaseThatRanOutIsTakenAgain) {
  two_steps();
  raise(finding());
  DueClock due(clock);
  auto keys = *Keys::load(folder / "state.db.key");
  DeskOptions options;
  std::uint64_t owed = 0;
  DeskContext context{options, clock, due, keys, metrics, owed};
  std::set<std::string> claimed;
  auto claim = [&] {
    std::string id;
    EXPECT_TRUE(database->write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto found, claim_next(session, context, "one/sender", {}));
      if (found) id = found->notification.id;
      return {};
    }));
    return id;
  };
  auto first = claim(), second = claim();
  EXPECT_NE(first, second);
  EXPECT_EQ(claim(), "");
  clock.advance(std::chrono::seconds(29));
  EXPECT_EQ(claim(), "");
  clock.advance(std::chrono::seconds(2));
  EXPECT_NE(claim(), "");
}

TEST_F(SenderTest, TheWebhookIsSignedAndCarriesTheFinding) {
  two_steps();
  auto alert = raise(finding());
  minutes(10);
  ASSERT_EQ(sent.calls.size(), 1u);
  const auto& call = sent.calls[0];
  auto timestamp = header(call, "X-Vedette-Timestamp");
  EXPECT_EQ(timestamp, std::to_string(to_unix_ms(clock.wall()) / 1000));
  EXPECT_EQ(header(call, "X-Vedette-Signature"),
            "sha256=" + hmac_sha256_hex("0123456789abcdef", timestamp + "." + call.body));
  auto body = boost::json::parse(call.body).as_object();
  EXPECT_EQ(body.at("alert").at("id").as_string(), alert.id);
  EXPECT_EQ(body.at("alert").at("severity").as_string(), "critical");
  EXPECT_EQ(body.at("finding").at("class_uid").as_int64(), 2004);
  EXPECT_EQ(body.at("finding").at("unmapped").at("after").as_string(), "HACKED BY nobody");
  EXPECT_EQ(header(call, "Idempotency-Key"), std::string(body.at("notification").at("id").as_string()));
}

TEST_F(SenderTest, ADeadChannelIsAnAlertThroughTheOthersAndRecovers) {
  two_steps();
  sent.mail_error = Error(ErrorCode::kUnavailable, "connection refused");
  auto alert = raise(finding());
  minutes(5);
  auto dead = find("desk/channel/" + mail_channel);
  EXPECT_EQ(dead.kind, "channel_dead");
  EXPECT_EQ(dead.watch, Watch::kDesk);
  for (const auto& n : copy_of(desk->notifications(dead.id))) EXPECT_NE(n.channel_id, mail_channel);
  EXPECT_GE(sent.calls.size(), 1u) << "the webhook tells of the dead mail";
  EXPECT_EQ(desk->status()->channels_failing, 1);
  sent.mail_error.reset();
  minutes(12);
  EXPECT_TRUE(find("desk/channel/" + mail_channel).condition_resolved);
  EXPECT_EQ(find("desk/channel/" + mail_channel).state, AlertState::kNew) << "a person closes it";
  EXPECT_EQ(desk->status()->channels_failing, 0);
  auto mine = states(alert.id);
  EXPECT_THAT(mine, Not(Contains("failed"))) << "nothing was given up";
}

TEST_F(SenderTest, OneBadRecipientIsNotADeadChannel) {
  two_steps();
  sent.refused.emplace("binh@example.org", Error(ErrorCode::kNotFound, "550 no such user"));
  auto alert = raise(finding());
  work();
  EXPECT_THAT(states(alert.id), ElementsAre("accepted", "failed"));
  EXPECT_EQ(desk->status()->channels_failing, 0);
  auto key = "desk/channel/" + mail_channel + "/binh@example.org";
  EXPECT_EQ(find(key).kind, "recipient_refused");
  EXPECT_FALSE(desk->test_channel(mail_channel, "lan")) << "whoever tests it sees the refused one";
  minutes(30);
  EXPECT_EQ(desk->status()->channels_failing, 0);
  sent.refused.clear();
  raise(finding("another"));
  work();
  EXPECT_TRUE(find(key).condition_resolved);
}

TEST_F(SenderTest, AGreylistedRecipientIsTriedAgainWithoutHarmToTheChannel) {
  two_steps();
  auto first = raise(finding("first"));
  work();
  sent.refused.emplace("binh@example.org", Error(ErrorCode::kLimit, "450 greylisted"));
  auto alert = raise(finding());
  minutes(9);
  EXPECT_THAT(states(alert.id), ElementsAre("accepted", "pending"));
  EXPECT_EQ(desk->status()->channels_failing, 0);
  sent.refused.clear();
  minutes(9);
  EXPECT_THAT(states(alert.id), Not(Contains("pending")));
}

TEST_F(SenderTest, AServerThatRefusesEveryRecipientIsADeadChannel) {
  two_steps();
  for (const char* who : {"an@example.org", "binh@example.org"})
    sent.refused.emplace(who, Error(ErrorCode::kNotFound, "554 relay access denied"));
  raise(finding());
  work();
  EXPECT_EQ(desk->status()->channels_failing, 1);
  EXPECT_EQ(find("desk/channel/" + mail_channel).kind, "channel_dead");
}

TEST_F(SenderTest, WhatCannotBeMendedByTryingWaitsForBetterSettings) {
  two_steps();
  sent.mail_error = Error(ErrorCode::kUnauthorized, "535 wrong password");
  auto alert = raise(finding());
  work();
  EXPECT_THAT(states(alert.id), ElementsAre("failed", "pending"))
      << "the other waits until it is tried again";
  find("desk/channel/" + mail_channel);
  sent.mail_error.reset();
  auto before = sent.mails.size();
  for (auto channel : copy_of(desk->channels())) {
    if (channel.id == mail_channel) save(channel);
  }
  work();
  EXPECT_EQ(sent.mails.size(), before + 2);
  EXPECT_THAT(states(alert.id), ElementsAre("accepted", "accepted"));
}

TEST_F(SenderTest, HttpAnswersAreReadAsTheyAreMeant) {
  auto outcome = [](int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return outcome_of(net::HttpClientResponse{status, std::move(headers), ""});
  };
  EXPECT_TRUE(outcome(204));
  EXPECT_FALSE(outcome(503).error().for_good);
  EXPECT_FALSE(outcome(429).error().for_good);
  EXPECT_TRUE(outcome(404).error().for_good);
  EXPECT_TRUE(outcome(301).error().for_good);
  EXPECT_EQ(outcome(429, {{"Retry-After", "120"}}).error().retry_after, std::chrono::seconds(120));
  EXPECT_EQ(outcome(429, {{"retry-after", "999999999"}}).error().retry_after, std::chrono::seconds(3600));
  EXPECT_EQ(outcome(429, {{"Retry-After", "soon"}}).error().retry_after, std::nullopt);
}

TEST_F(SenderTest, BackoffGrowsAndIsBounded) {
  using namespace std::chrono;
  EXPECT_EQ(backoff(1, 0.5), seconds(5));
  EXPECT_EQ(backoff(2, 0.5), seconds(10));
  EXPECT_EQ(backoff(3, 0.0), seconds(16));
  EXPECT_EQ(backoff(100, 0.5), std::chrono::minutes(10));
  EXPECT_EQ(backoff(0, 0.5), seconds(5));
}

TEST_F(SenderTest, BeyondTheRateOnlyCriticalGoes) {
  two_steps();
  save({hook_channel, "SOC", ChannelKind::kWebhook, true,
        R"({"url":"https://soc.example.org/hook","secret":"********","rate_per_minute":5})"});
  ASSERT_TRUE(desk->save_ladder({{{0, {hook_channel}}}, 0, Severity::kHigh}, "lan"));
  for (int i = 0; i < 20; ++i) raise(finding(fmt::format("high{}", i), Severity::kHigh));
  work();
  EXPECT_EQ(sent.calls.size(), 5u);
  for (int i = 0; i < 10; ++i) raise(finding(fmt::format("critical{}", i), Severity::kCritical));
  work();
  EXPECT_EQ(sent.calls.size(), 15u) << "critical is never silenced";
  EXPECT_EQ(desk->status()->outbox_pending, 15);
  EXPECT_GT(metrics.counter("vedette_desk_rate_limited_total", "").value(), 0);
  minutes(5);
  EXPECT_EQ(sent.calls.size(), 30u) << "late, not lost";
}

TEST_F(SenderTest, SecretsAreNeitherShownNorStoredPlain) {
  two_steps();
  for (const auto& channel : copy_of(desk->channels())) {
    EXPECT_THAT(channel.settings_json, Not(HasSubstr("hunter2")));
    EXPECT_THAT(channel.settings_json, Not(HasSubstr("0123456789abcdef")));
  }
  ASSERT_TRUE(database->read([](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT settings, secrets FROM channels"));
    for (const auto& row : rows) {
      EXPECT_THAT(row.text(0) + row.blob(1), Not(HasSubstr("hunter2")));
      EXPECT_THAT(row.text(0) + row.blob(1), Not(HasSubstr("0123456789abcdef")));
    }
    return {};
  }));
}

TEST_F(SenderTest, SettingsThatCannotWorkAreRefusedByField) {
  auto refused = [&](ChannelKind kind, std::string settings) {
    auto saved = desk->save_channel({"", "x", kind, true, std::move(settings)}, "lan");
    return saved ? std::string("taken") : saved.error().full();
  };
  EXPECT_THAT(refused(ChannelKind::kSmtp, R"({"from":"a@b","to":["c@d"]})"), HasSubstr("settings.host"));
  EXPECT_THAT(refused(ChannelKind::kSmtp, R"({"host":"h","from":"a@b\r\nBcc: x@y","to":["c@d"]})"),
              HasSubstr("settings.from"));
  EXPECT_THAT(refused(ChannelKind::kSmtp, R"({"host":"h","from":"a@b","to":["c@d\nRCPT TO:x"]})"),
              HasSubstr("settings.to"));
  EXPECT_THAT(refused(ChannelKind::kSmtp, R"({"host":"h","from":"a@b","to":[]})"), HasSubstr("settings.to"));
  EXPECT_THAT(refused(ChannelKind::kSmtp, R"({"host":"h","from":"a@b","to":["c@d"],"tls":"maybe"})"),
              HasSubstr("settings.tls"));
  EXPECT_THAT(refused(ChannelKind::kWebhook, R"({"url":"file:///etc/passwd","secret":"0123456789abcdef"})"),
              HasSubstr("settings.url"));
  EXPECT_THAT(refused(ChannelKind::kWebhook, R"({"url":"https://x/","secret":"short"})"),
              HasSubstr("settings.secret"));
  EXPECT_THAT(refused(ChannelKind::kWebhook, R"({"url":"https://x/","secret":"********"})"),
              HasSubstr("settings.secret"));
  EXPECT_THAT(refused(ChannelKind::kSlack, "[]"), HasSubstr("settings"));
}

TEST_F(SenderTest, TheTestButtonSendsAndTellsTheAnswer) {
  two_steps();
  auto answer = desk->test_channel(mail_channel, "lan");
  ASSERT_TRUE(answer) << answer.error().full();
  EXPECT_EQ(*answer, "250 2.0.0 queued");
  EXPECT_THAT(sent.mails.at(0).subject, HasSubstr("Thư thử"));
  EXPECT_EQ(link_token(sent.mails[0]), "");
  sent.http_status = 500;
  EXPECT_FALSE(desk->test_channel(hook_channel, "lan"));
}

TEST_F(SenderTest, ChatsGetTheirFormsAndNoMarkupOfTheAttacker) {
  auto hostile = finding();
  hostile.after = "<!channel> @all [click](http://evil.example) `x`";
  std::vector<std::string> ids;
  for (auto kind : {ChannelKind::kSlack, ChannelKind::kMattermost, ChannelKind::kTeams}) {
    ids.push_back(save({"", std::string(to_string(kind)), kind, true,
                        fmt::format(R"({{"url":"https://chat.example.org/{}"}})", to_string(kind))}));
  }
  ASSERT_TRUE(desk->save_ladder({{{0, ids}}, 0, Severity::kHigh}, "lan"));
  raise(hostile);
  work();
  ASSERT_EQ(sent.calls.size(), 3u);
  for (const auto& call : sent.calls) {
    auto body = boost::json::parse(call.body).as_object();
    EXPECT_THAT(call.body, Not(HasSubstr("<!channel>")));
    EXPECT_THAT(call.body, HasSubstr("https://vedette.example.org/a/"));
    if (call.url.ends_with("slack")) {
      EXPECT_THAT(std::string(body.at("text").as_string()), HasSubstr("&lt;!channel&gt;"));
    } else if (call.url.ends_with("mattermost")) {
      EXPECT_THAT(std::string(body.at("text").as_string()), Not(HasSubstr("[click](http")));
      EXPECT_THAT(std::string(body.at("text").as_string()), Not(HasSubstr("@all")));
    } else {
      EXPECT_EQ(body.at("attachments").as_array().at(0).at("content").at("type").as_string(), "AdaptiveCard");
    }
  }
}

TEST_F(SenderTest, ATextMessageIsShortAndEncodedForWhereItStands) {
  auto posted = save({"", "SMS", ChannelKind::kSms, true,
                      R"({"url":"https://sms.example.org/send?to={to_digits}","body":"{\"phone\":\"{to}\",)"
                      R"(\"content\":\"{text}\",\"id\":\"{key}\"}","header":"Authorization",)"
                      R"("header_value":"Bearer abc","to":["+84 912 345 678"]})"});
  auto got = save(
      {"", "SMS GET", ChannelKind::kSms, true,
       R"({"url":"https://sms.example.org/get?to={to}&text={text}","plain_letters":true,"to":["0912"]})"});
  ASSERT_TRUE(desk->save_ladder({{{0, {posted, got}}}, 0, Severity::kHigh}, "lan"));
  auto hostile = finding();
  hostile.asset.name = "a\"},{{text}}&to=113";
  raise(hostile);
  work();
  ASSERT_EQ(sent.calls.size(), 2u);
  for (const auto& call : sent.calls) {
    if (call.method == "POST") {
      EXPECT_EQ(call.url, "https://sms.example.org/send?to=84912345678");
      auto body = boost::json::parse(call.body).as_object();
      EXPECT_EQ(body.at("phone").as_string(), "+84912345678");
      auto content = std::string(body.at("content").as_string());
      EXPECT_TRUE(content.starts_with("[Nghiêm trọng] Trang chủ")) << content;
      EXPECT_THAT(content, HasSubstr("a\"},{{text}}&to=113"));
      EXPECT_THAT(content, HasSubstr("https://vedette.example.org/a/"));
      EXPECT_THAT(content, Not(HasSubstr("HACKED"))) << "what was on the page stands behind the link";
      EXPECT_FALSE(body.at("id").as_string().empty());
      EXPECT_THAT(call.headers, testing::Contains(testing::Pair("Authorization", "Bearer abc")));
    } else {
      EXPECT_EQ(call.method, "GET");
      EXPECT_TRUE(
          call.url.starts_with("https://sms.example.org/get?to=0912&text=%5BNghiem%20trong%5D%20Trang%20chu"))
          << call.url;
      EXPECT_EQ(std::ranges::count(call.url, '&'), 1);
    }
  }
}

TEST_F(SenderTest, AGatewayThatSaysNoWithA200HasNotTakenIt) {
  auto id = save(
      {"", "SMS", ChannelKind::kSms, true,
       R"({"url":"https://sms.example.org/?to={to}&text={text}","accepted":"\"code\":100","to":["113"]})"});
  sent.http_body = R"({"code":99,"message":"no credit"})";
  auto refused = desk->test_channel(id, "lan");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().full(), HasSubstr("no credit"));
  sent.http_body = R"({"code":100})";
  EXPECT_TRUE(desk->test_channel(id, "lan"));
}

TEST_F(SenderTest, SettingsOfAGatewayAreChecked) {
  auto refused = [&](const std::string& settings) {
    auto saved = desk->save_channel({"", "x", ChannelKind::kSms, true, settings}, "lan");
    return saved ? "taken" : said_in(saved.error(), Language::kEnglish);
  };
  EXPECT_THAT(refused(R"({"url":"https://x/?t={text}","to":["113"]})"), HasSubstr("{to}"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}","to":["113"]})"), HasSubstr("{text}"));
  EXPECT_THAT(refused(R"({"url":"ftp://x/?t={to}{text}","to":["113"]})"), HasSubstr("settings.url"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}{text}","to":["an@example.org"]})"),
              HasSubstr("telephone"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}{text}","to":[]})"), HasSubstr("settings.to"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}{text}","to":["113"],"header":"A b"})"),
              HasSubstr("header"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}{text}","to":["113"],"header":"A"})"),
              HasSubstr("header_value"));
  EXPECT_THAT(refused(R"({"url":"https://x/?t={to}{text}","to":["113"],"form":"yes"})"), HasSubstr("form"));
  EXPECT_EQ(refused(R"({"url":"https://x/?t={to}{text}","to":["113"]})"), "taken");
  const auto channels = *desk->channels();
  for (const auto& channel : channels)
    EXPECT_THAT(channel.settings_json, Not(HasSubstr("https://x/")))
        << "the address of a gateway holds its key";
}

TEST_F(SenderTest, MailsExplainThemselvesInBothLanguages) {
  two_steps();
  raise(finding());
  work();
  const auto vietnamese = sent.mails.at(0);
  EXPECT_EQ(vietnamese.subject, "[Nghiêm trọng] Trang chủ đã bị thay — Cổng thông tin");
  for (const char* part : {"Vị trí: /html/body", "Trước: Sở Thông tin", "Sau: HACKED BY nobody",
                           "Lý do: Toàn bộ khối", "Độ tin cậy: 97%", "Việc cần làm: Khôi phục",
                           "https://vedette.example.org/a/", "https://vedette.example.org/alerts/"}) {
    EXPECT_THAT(vietnamese.text, HasSubstr(part));
  }
  desk = make("en");
  raise(finding("second"));
  work();
  const auto english = sent.mails.back();
  EXPECT_EQ(english.subject, "[Critical] Trang chủ đã bị thay — Cổng thông tin");
  for (const char* part :
       {"Where: /html/body", "Before: ", "After: ", "Why: ", "What to do: ", "Acknowledge"}) {
    EXPECT_THAT(english.text, HasSubstr(part));
  }
}

TEST_F(SenderTest, AHostileTitleStaysInItsHeader) {
  two_steps();
  auto hostile = finding();
  hostile.asset.name = "x\r\nBcc: all@example.org";
  raise(hostile);
  work();
  EXPECT_THAT(sent.mails.at(0).subject, Not(HasSubstr("\n")));
  EXPECT_THAT(sent.mails.at(0).subject, Not(HasSubstr("\r")));
}

}  // namespace
}  // namespace vedette::desk
