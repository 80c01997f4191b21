#include "logs/watch/event_facts.h"

#include <gtest/gtest.h>

namespace vedette::logs {
namespace {

EventView view(std::span<const Field> fields) {
  EventView out;
  out.fields = fields;
  return out;
}

TEST(EventFactsTest, TakesTheFirstKnownNameThatSaysSomething) {
  const Field windows[] = {{"Computer", "DC01"}, {"TargetUserName", "Administrator"}, {"IpAddress", "-"}};
  EXPECT_EQ(host_of(view(windows)), "DC01");
  EXPECT_EQ(actor_of(view(windows)), "Administrator") << "a bar is no address";
  const Field ecs[] = {{"user.name", "root"}, {"source.ip", "192.0.2.7"}, {"host.hostname", "web-1"}};
  EXPECT_EQ(host_of(view(ecs)), "web-1");
  EXPECT_EQ(actor_of(view(ecs)), "192.0.2.7");
  EXPECT_EQ(host_of(view({})), "");
}

TEST(EventFactsTest, ResolvesEscapesAndBoundsLength) {
  const Field escaped[] = {{"Computer", "m\\u00e1y\\\\1", ValueKind::kString, true}};
  EXPECT_EQ(host_of(view(escaped)), "máy\\1");
  const std::string longest(5000, 'a');
  const Field large[] = {{"Computer", longest}};
  EXPECT_EQ(host_of(view(large)).size(), kFactBytesMax);
}

TEST(EventFactsTest, WritesFieldsAsJson) {
  const Field fields[] = {{"n", "12", ValueKind::kNumber},
                          {"t", "true", ValueKind::kTrue},
                          {"z", "null", ValueKind::kNull},
                          {"ip", "192.0.2.1"},
                          {"ip", "192.0.2.2"},
                          {"bad", "\xff"},
                          {"not", "1e", ValueKind::kNumber}};
  EXPECT_EQ(fields_json(view(fields)), R"({"n":12,"t":true,"z":null,"ip":["192.0.2.1","192.0.2.2"],"bad":")"
                                       "\xef\xbf\xbd"
                                       R"(","not":"1e"})");
}

}  // namespace
}  // namespace vedette::logs
