#include "logs/read/json_records.h"

#include <gtest/gtest.h>

#include "logs/read/json_reader.h"
#include "logs/read/patterns.h"

namespace vedette::logs {
namespace {

std::vector<std::string> records_of(std::string bytes, std::size_t most = kEventBytesMax) {
  auto records = JsonRecords::open(Input::of(std::move(bytes)), most);
  EXPECT_TRUE(records);
  std::vector<std::string> out;
  for (;;) {
    auto record = records->next();
    EXPECT_TRUE(record);
    if (!*record) return out;
    out.push_back((record->value().cut ? "cut:" : "") + std::string(record->value().text));
  }
}

using Texts = std::vector<std::string>;

TEST(JsonRecordsTest, FindsTheObjectsOfEveryLayout) {
  const Texts two = {R"({"a":1})", R"({"b":"}{\"]"})"};
  EXPECT_EQ(records_of("{\"a\":1}\n{\"b\":\"}{\\\"]\"}\n"), two);
  EXPECT_EQ(records_of("\xEF\xBB\xBF{\"a\":1}\r\n\n{\"b\":\"}{\\\"]\"}"), two);
  EXPECT_EQ(records_of(" [{\"a\":1},\n{\"b\":\"}{\\\"]\"}]\n"), two);
  EXPECT_EQ(records_of("{\"Records\": [ {\"a\":1} , {\"b\":\"}{\\\"]\"}]}"), two);
  EXPECT_EQ(records_of("{\n\"a\":1\n}\n{\n\"b\":[{}]\n}"), (Texts{"{\n\"a\":1\n}", "{\n\"b\":[{}]\n}"}));
  EXPECT_EQ(records_of("{\"a\":\"x\n{\"b\":2}\n{\"c\":3,\n{}"),
            (Texts{R"({"a":"x)", R"({"b":2})", R"({"c":3,)", "{}"}))
      << "lines of which some are cut";
  EXPECT_EQ(records_of(""), Texts());
  EXPECT_EQ(records_of("[]"), Texts());
}

TEST(JsonRecordsTest, WhatIsNoObjectIsARecordToBeCounted) {
  EXPECT_EQ(records_of("[{\"a\":1},oops,{\"b\":2}]"), (Texts{R"({"a":1})", "oops,", R"({"b":2})"}));
  EXPECT_EQ(records_of("[{\"a\":1},{\"b\":"), (Texts{R"({"a":1})", R"({"b":)"}));
}

TEST(JsonRecordsTest, CutsGiants) {
  const auto giant = "{\"a\":\"" + std::string(600'000, 'x') + "\"}";
  EXPECT_EQ(records_of("[" + giant + ",{\"b\":1}]", 1000),
            (Texts{"cut:" + giant.substr(0, 1000), "{\"b\":1}"}));
  EXPECT_EQ(records_of(giant + "\n{\"b\":1}", 1000), (Texts{"cut:" + giant.substr(0, 1000), "{\"b\":1}"}));
  EXPECT_EQ(records_of("[" + giant + "]"), Texts{giant}) << "over several buffers";
}

TEST(JsonReaderTest, CountsAndTellsTheTime) {
  const SystemClock clock;
  const auto patterns = PatternSet::built_in().value();
  JsonReader reader(Input::of("{\"UtcTime\":\"2023-08-15 09:53:59.757\"}\nno json\n{\"a\":[1\n"),
                    {clock, Zone(), patterns});
  auto event = reader.next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ(event->value().time, *parse_rfc3339("2023-08-15T09:53:59.757Z"));
  while (*reader.next()) {
  }
  EXPECT_EQ(reader.counters().read, 3);
  EXPECT_EQ(reader.counters().unparsed, 1);
  EXPECT_EQ(reader.counters().cut, 1);
  EXPECT_EQ(reader.counters().samples[0].text, "no json");
  EXPECT_EQ(reader.counters().samples[0].position, 2);
}

}  // namespace
}  // namespace vedette::logs
