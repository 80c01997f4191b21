#include "logs/watch/log_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/temporary_folder.h"

namespace vedette::logs {
namespace {
using testing::ElementsAre;

constexpr const char* kRules = R"(
title: Command shell
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows}
detection:
  a: {Image|endswith: '\cmd.exe'}
  condition: a
level: high
---
title: Only worth keeping
id: 22222222-2222-4222-8222-222222222222
logsource: {product: windows}
detection:
  a: {Image|contains: windows}
  condition: a
level: low
---
title: Failed password
id: 33333333-3333-4333-8333-333333333333
logsource: {product: linux}
detection:
  keywords: ['Failed password']
  condition: keywords
level: medium
)";

class Findings final : public FindingSink {
 public:
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    if (broken_) return fail(ErrorCode::kUnavailable, "the desk is away");
    for (const auto& one : findings) taken_.push_back(one);
    return {};
  }
  std::vector<Finding> taken() {
    std::lock_guard lock(mutex_);
    return taken_;
  }
  void set_broken(bool broken) {
    std::lock_guard lock(mutex_);
    broken_ = broken;
  }

 private:
  std::mutex mutex_;
  std::vector<Finding> taken_;
  bool broken_ = false;
};

class LogWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_event_store(
        {.folder = folder_ / "events", .group_wait = std::chrono::milliseconds(1), .disk_reserve = 0}, clock_,
        metrics_);
    ASSERT_TRUE(opened) << opened.error().full();
    store_ = *std::move(opened);
    start();
  }
  void start(LogWatchOptions options = {}) {
    watch_.reset();
    auto started =
        LogWatch::start(std::move(options), snapshot(kRules), *store_, findings_, clock_, metrics_);
    ASSERT_TRUE(started) << started.error().full();
    watch_ = *std::move(started);
  }
  static std::shared_ptr<const RuleSnapshot> snapshot(const char* text) {
    sigma::RuleSet rules;
    sigma::read_rules(text, "rules.yml", {}, rules);
    EXPECT_TRUE(rules.refused.empty());
    return make_snapshot(std::move(rules));
  }
  LogBatch batch(LogForm form, std::vector<std::string> events, std::string stream = "",
                 std::uint64_t number = 1) const {
    return {
        {"test/one", "one", "test", 3}, form, std::move(stream), number, clock_.wall(), std::move(events)};
  }
  Result<LogWatch::Taken> take(LogBatch batch) { return watch_->submit(std::move(batch)).get(); }
  std::vector<store::StoredEvent> events() { return store_->search({}).value().events; }

  store::TemporaryFolder folder_;
  SystemClock clock_;
  Metrics metrics_;
  Findings findings_;
  std::unique_ptr<store::EventStore> store_;
  std::unique_ptr<LogWatch> watch_;
};

TEST_F(LogWatchTest, StoresDetectsAndReportsBeforeItAnswers) {
  auto taken =
      take(batch(LogForm::kJson,
                 {R"({"Computer":"DC01","Image":"C:\\Windows\\CMD.EXE","User":"an"})", R"({"Image":"x"})"}));
  ASSERT_TRUE(taken) << taken.error().full();
  EXPECT_EQ(taken->events, 2u);
  ASSERT_EQ(findings_.taken().size(), 1u) << "a rule below medium is no alert";
  auto finding = findings_.taken()[0];
  EXPECT_EQ(finding.asset.name, "DC01");
  EXPECT_EQ(finding.reason.arguments.at("actor"), "an");
  auto stored = events();
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_THAT(stored[1].rules, testing::UnorderedElementsAre("11111111-1111-4111-8111-111111111111",
                                                             "22222222-2222-4222-8222-222222222222"));
  EXPECT_EQ(finding.where, fmt::format("event {} of one", stored[1].id));
}

TEST_F(LogWatchTest, TextIsReadToFields) {
  auto sent = batch(LogForm::kText, {"<38>1 2026-01-02T03:04:05Z web-1 sshd 42 - - Failed password for root "
                                     "from 192.0.2.7 port 4711 ssh2"});
  sent.received = parse_rfc3339("2026-01-02T03:04:06Z").value();
  ASSERT_TRUE(take(std::move(sent)));
  auto stored = events();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].host, "web-1");
  EXPECT_EQ(to_rfc3339(stored[0].time), "2026-01-02T03:04:05.000Z");
  EXPECT_NE(stored[0].fields.find("192.0.2.7"), std::string::npos) << stored[0].fields;
  ASSERT_EQ(findings_.taken().size(), 1u);
  EXPECT_EQ(findings_.taken()[0].reason.arguments.at("actor"), "192.0.2.7");
}

TEST_F(LogWatchTest, WhatCannotBeReadIsKeptCountedAndShown) {
  ASSERT_TRUE(take(batch(LogForm::kJson, {"no JSON at all"})));
  EXPECT_EQ(events()[0].raw, "no JSON at all");
  auto sender = watch_->status().senders.at(0);
  EXPECT_EQ(sender.unparsed, 1u);
  EXPECT_THAT(sender.samples, ElementsAre("no JSON at all"));
}

TEST_F(LogWatchTest, ABatchThatCannotBeReportedIsRefusedAndMayBeSentAgain) {
  auto one = batch(LogForm::kJson, {R"({"Computer":"DC01","Image":"\\cmd.exe"})"}, "agent/epoch", 1);
  findings_.set_broken(true);
  EXPECT_EQ(take(one).error().code(), ErrorCode::kUnavailable);
  findings_.set_broken(false);
  start();  // as after a crash: nothing is remembered but what is stored
  auto again = take(one);
  ASSERT_TRUE(again) << again.error().full();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(events().size(), 1u);
  EXPECT_EQ(findings_.taken().size(), 1u) << "the alert was not lost";
}

TEST_F(LogWatchTest, NewRulesAreUsedFromTheNextBatchOn) {
  const auto event = R"({"Image":"notepad"})";
  ASSERT_TRUE(take(batch(LogForm::kJson, {event})));
  EXPECT_TRUE(findings_.taken().empty());
  watch_->use_rules(
      snapshot("title: Notepad\nid: n\nlogsource: {product: windows}\ndetection: {a: {Image: notepad}, "
               "condition: a}\nlevel: high\n"));
  ASSERT_TRUE(take(batch(LogForm::kJson, {event})));
  EXPECT_EQ(findings_.taken().size(), 1u);
}

TEST_F(LogWatchTest, ACorrelationOverTheMatchesOfAllSendersIsAnAlert) {
  watch_->use_rules(snapshot(R"(
title: Failed log-in
name: failed
id: 44444444-4444-4444-8444-444444444444
logsource: {product: linux}
detection:
  a: {event.outcome: failure}
  condition: a
level: high
---
title: Password guessing
id: 55555555-5555-4555-8555-555555555555
correlation:
  type: event_count
  rules: [failed]
  group-by: [source.ip]
  timespan: 5m
  condition: {gte: 3}
level: high
)"));
  for (int i = 0; i < 3; ++i) {
    // By their receipt the other address's were three within the window as well.
    auto one =
        batch(LogForm::kJson,
              {R"({"event.outcome":"failure","source.ip":"192.0.2.7"})",
               fmt::format(R"({{"event.outcome":"failure","source.ip":"192.0.2.8","@timestamp":"{}"}})",
                           to_rfc3339(clock_.wall() - std::chrono::minutes(30 - 10 * i)))});
    one.sender.id = fmt::format("sender/{}", i);
    one.received = clock_.wall() - std::chrono::seconds(30 - i);
    ASSERT_TRUE(take(std::move(one)));
  }
  for (int i = 0; i < 300 && findings_.taken().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  auto taken = findings_.taken();
  ASSERT_EQ(taken.size(), 1u) << "the rule alone is no alert, and the other address's are ten minutes apart";
  EXPECT_EQ(taken[0].title.arguments.at("rule"), "Password guessing");
  EXPECT_NE(taken[0].after.find("192.0.2.7"), std::string::npos) << taken[0].after;
}

TEST_F(LogWatchTest, AnEventIsOfItsOwnTimeWhereThatIsBelieved) {
  auto sent =
      batch(LogForm::kJson, {R"({"n":"own","@timestamp":"2026-01-02T03:04:05Z"})", R"({"n":"untold","a":1})",
                             R"({"n":"ahead","@timestamp":"2026-01-02T03:11:00Z"})",
                             R"({"n":"old","@timestamp":"2025-01-02T03:04:05Z"})"});
  sent.received = parse_rfc3339("2026-01-02T03:05:00Z").value();
  ASSERT_TRUE(take(sent));
  for (const auto& event : events()) {
    const bool own = event.raw.find("own") != std::string::npos;
    EXPECT_EQ(to_rfc3339(event.time), own ? "2026-01-02T03:04:05.000Z" : "2026-01-02T03:05:00.000Z")
        << event.raw;
    EXPECT_EQ(event.received, sent.received);
  }
  const auto sender = watch_->status().senders.at(0);
  EXPECT_EQ(sender.events, 4u);
  EXPECT_EQ(sender.untimed, 1u);
  EXPECT_EQ(sender.times_ahead, 1u);
  EXPECT_EQ(sender.times_old, 1u);
  EXPECT_EQ(sender.late, 0u) << "nothing was waited for yet";
}

TEST_F(LogWatchTest, EventsBehindTheWatermarkAreCountedAtTheirSource) {
  for (int i = 0; i < 300 && (i == 0 || watch_->status().senders.at(0).late == 0); ++i) {
    ASSERT_TRUE(take(
        batch(LogForm::kJson,
              {fmt::format(R"({{"@timestamp":"{}"}})", to_rfc3339(clock_.wall() - std::chrono::hours(1)))})));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(watch_->status().senders.at(0).late, 1u);
}

TEST_F(LogWatchTest, AFullQueueRefuses) {
  LogWatchOptions options;
  options.queue_bytes = 1;
  start(options);
  std::vector<std::future<Result<LogWatch::Taken>>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(watch_->submit(batch(LogForm::kJson, {std::string(5000, 'x')})));
  std::size_t taken = 0, refused = 0;
  for (auto& answer : answers) {
    auto got = answer.get();
    ++(got ? taken : refused);
    EXPECT_TRUE(got || got.error().code() == ErrorCode::kLimit);
  }
  EXPECT_GE(taken, 1u);
  EXPECT_EQ(taken + refused, 200u);
  EXPECT_EQ(watch_->status().refused, refused);
  EXPECT_EQ(events().size(), std::min<std::size_t>(taken, 100));
  EXPECT_EQ(watch_->status().queued_bytes, 0u);
}

TEST_F(LogWatchTest, WhatARuleThatIsOffWouldHaveFoundIsOnlyCounted) {
  const std::string id = "11111111-1111-4111-8111-111111111111";
  watch_->switch_off({id});
  ASSERT_TRUE(take(batch(LogForm::kJson, {R"({"Image":"C:\\Windows\\cmd.exe"})"})));
  EXPECT_TRUE(findings_.taken().empty());
  EXPECT_THAT(events()[0].rules, ElementsAre("22222222-2222-4222-8222-222222222222"));
  EXPECT_EQ(watch_->status().rules.at(id).hits_while_off, 1u);
  EXPECT_EQ(watch_->status().rules.at(id).hits, 0u);
  watch_->switch_off({});
  ASSERT_TRUE(take(batch(LogForm::kJson, {R"({"Image":"C:\\Windows\\cmd.exe"})"})));
  EXPECT_EQ(findings_.taken().size(), 1u);
  EXPECT_EQ(watch_->status().rules.at(id).hits, 1u);
}

TEST_F(LogWatchTest, TellsWhatAskingARuleTookAndHowLateEventsCome) {
  start({.cost_every = 1});
  auto sent = batch(LogForm::kText, {"<38>1 2026-01-02T03:04:05Z web-1 sshd 42 - - Failed password for root "
                                     "from 192.0.2.7 port 4711 ssh2"});
  sent.received = from_unix_ms(1'767'323'050'000);  // five seconds later
  ASSERT_TRUE(take(sent));
  const auto status = watch_->status();
  EXPECT_EQ(status.rules.at("33333333-3333-4333-8333-333333333333").timed, 1u);
  EXPECT_EQ(status.cost_every, 1u);
  ASSERT_EQ(status.senders.size(), 1u);
  EXPECT_EQ(status.senders[0].lag, std::chrono::milliseconds(5'000));
  EXPECT_EQ(status.senders[0].rate.last_minutes(sent.received).back(), 1u);
}

}  // namespace
}  // namespace vedette::logs
