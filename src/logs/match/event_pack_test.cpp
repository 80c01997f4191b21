#include "logs/match/event_pack.h"

#include <gtest/gtest.h>

namespace vedette::logs::match {
namespace {

TEST(EventPackTest, GivesBackWhatItsReaderHasForgotten) {
  EventPack pack;
  for (int i = 0; i < 3; ++i) {
    const auto raw = fmt::format("user=u{} done", i), made = fmt::format("made {}", i),
               name = std::string("a.name");
    const Field fields[] = {
        {"user", std::string_view(raw).substr(5, 2)}, {name, made, ValueKind::kNumber, true}, {"empty", ""}};
    EventView event;
    event.fields = std::span(fields, i == 1 ? 0 : 3);
    event.raw = raw;
    event.raw_is_text = i == 2;
    if (i == 2) event.time = from_unix_ms(42);
    event.source = {"linux", "", name};
    pack.add(event);
  }
  ASSERT_EQ(pack.size(), 3u);
  std::vector<Field> fields;
  const auto last = pack.at(2, fields);
  ASSERT_EQ(last.fields.size(), 3u);
  EXPECT_EQ(last.fields[0].value, "u2");
  EXPECT_EQ(last.fields[0].value.data(), last.raw.data() + 5) << "still within the raw bytes";
  EXPECT_EQ(last.fields[1].name, "a.name");
  EXPECT_EQ(last.fields[1].value, "made 2");
  EXPECT_EQ(last.fields[1].kind, ValueKind::kNumber);
  EXPECT_TRUE(last.fields[1].escaped);
  EXPECT_EQ(last.raw, "user=u2 done");
  EXPECT_TRUE(last.raw_is_text);
  EXPECT_EQ(last.time, from_unix_ms(42));
  EXPECT_EQ(last.source.product, "linux");
  EXPECT_EQ(last.source.service, "a.name");
  EXPECT_TRUE(pack.at(1, fields).fields.empty());
  EXPECT_EQ(pack.at(0, fields).fields[1].value, "made 0");
  EXPECT_FALSE(pack.at(0, fields).time);
}

}  // namespace
}  // namespace vedette::logs::match
