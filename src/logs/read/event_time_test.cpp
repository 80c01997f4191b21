#include "logs/read/event_time.h"

#include <gtest/gtest.h>

#include "logs/read/json_event.h"

namespace vedette::logs {
namespace {

// The clock of this source is that of Vietnam.
std::string told_by(std::string_view json) {
  JsonEvent reader;
  EventView event;
  EXPECT_EQ(reader.read(json, event), JsonEvent::Outcome::kRead) << json;
  const auto time =
      time_of(event.fields, Zone::named("+07:00").value(), parse_rfc3339("2026-03-01T10:00:00Z").value());
  return time ? to_rfc3339(*time) : "none";
}

TEST(EventTimeTest, ReadsWhatSourcesWrite) {
  const struct {
    const char *event, *want;
  } cases[] = {
      {R"({"@timestamp":"2026-01-02T03:04:05.678Z"})", "2026-01-02T03:04:05.678Z"},
      {R"({"@timestamp":"2026-01-02T03:04:05.678"})", "2026-01-01T20:04:05.678Z"},
      {R"({"timestamp":"2026-01-02T03:04:05.123456+0700"})", "2026-01-01T20:04:05.123Z"},
      {R"({"UtcTime":"2026-01-02 03:04:05.678"})", "2026-01-02T03:04:05.678Z"},
      {R"({"Event":{"System":{"TimeCreated":{"#attributes":{"SystemTime":"2026-01-02T03:04:05.6789012Z"}}}}})",
       "2026-01-02T03:04:05.678Z"},
      {R"({"EventTime":"2026-01-02 03:04:05"})", "2026-01-01T20:04:05.000Z"},
      {R"({"eventTime":"2026-01-02T03:04:05Z"})", "2026-01-02T03:04:05.000Z"},
      {R"({"CreationTime":"2026-01-02T03:04:05"})", "2026-01-02T03:04:05.000Z"},
      {R"({"__REALTIME_TIMESTAMP":"1767323045678901"})", "2026-01-02T03:04:05.678Z"},
      {R"({"ts":1767323045.678901})", "2026-01-02T03:04:05.678Z"},
      {R"({"ts":1767323045})", "2026-01-02T03:04:05.000Z"},
      {R"({"time":1767323045678})", "2026-01-02T03:04:05.678Z"},
      {R"({"eventtime":1767323045678901234})", "2026-01-02T03:04:05.678Z"},
      {R"({"date":"2026\/01\/02 03:04:05"})", "2026-01-01T20:04:05.000Z"},
      {R"({"date":"2026-01-02","time":"03:04:05"})", "2026-01-01T20:04:05.000Z"},
      {R"({"event":{"created":"2026-01-02T03:04:05Z"}})", "2026-01-02T03:04:05.000Z"},
      {R"({"time":"Jan  2 03:04:05"})", "2026-01-01T20:04:05.000Z"},
  };
  for (const auto& one : cases) EXPECT_EQ(told_by(one.event), one.want) << one.event;
}

TEST(EventTimeTest, TakesTheFirstOfTheTableWhereverItStands) {
  EXPECT_EQ(told_by(R"({"ts":1,"TimeCreated":"2026-01-02T03:04:06Z","UtcTime":"2026-01-02 03:04:05"})"),
            "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(told_by(R"({"@timestamp":"soon","time":"2026-01-02T03:04:05Z"})"), "2026-01-02T03:04:05.000Z")
      << "what is no time is passed over";
}

TEST(EventTimeTest, DoesNotGuess) {
  for (const char* event :
       {R"({"time":0.123})", R"({"time":12})", R"({"time":true})", R"({"time":"03:04:05"})",
        R"({"date":"2026-01-02"})", R"({"timestamp":"2026-13-02T03:04:05Z"})", R"({"ts":20260102030405})",
        R"({"ts":1767323045678901234567})", R"({"timestamp":"2026-01-02T03:04:05Z and more"})",
        R"({"message":"2026-01-02T03:04:05Z"})", R"({"ts":"9999999999999999999"})", R"({"ts":-1767323045})"})
    EXPECT_EQ(told_by(event), "none") << event;
}

TEST(EventTimeTest, BelievesATimeWithinTheBounds) {
  using std::chrono::milliseconds;
  const auto received = from_unix_ms(1'767'323'045'000);
  const TimeBounds bounds{milliseconds(10), milliseconds(20)};
  auto origin = [&](std::int64_t ms) {
    return believed_time(received + milliseconds(ms), received, bounds).origin;
  };
  EXPECT_EQ(origin(10), TimeOrigin::kEvent);
  EXPECT_EQ(origin(11), TimeOrigin::kTooFar);
  EXPECT_EQ(origin(-20), TimeOrigin::kEvent);
  EXPECT_EQ(origin(-21), TimeOrigin::kTooLong);
  EXPECT_EQ(believed_time(received - milliseconds(21), received, bounds).time, received);
  EXPECT_EQ(believed_time(received - milliseconds(20), received, bounds).time, received - milliseconds(20));
  EXPECT_EQ(believed_time(std::nullopt, received, bounds).origin, TimeOrigin::kUntold);
}

}  // namespace
}  // namespace vedette::logs
