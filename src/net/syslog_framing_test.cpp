#include "net/syslog_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::net {
namespace {
using testing::ElementsAre;

struct Read {
  std::vector<std::string> messages;
  bool good = true;
  std::uint64_t cut = 0;
};
// In pieces of `piece` bytes, as a network may deliver it.
Read read(std::string_view bytes, std::size_t piece, std::size_t max = 64) {
  Read out;
  SyslogFraming framing(max);
  auto take = [&](std::string_view message) { out.messages.emplace_back(message); };
  for (std::size_t at = 0; out.good && at < bytes.size(); at += piece)
    out.good = framing.feed(bytes.substr(at, piece), take);
  if (out.good) framing.finish(take);
  out.cut = framing.cut();
  return out;
}

TEST(SyslogFramingTest, ReadsBothFramingsHoweverTheyAreCut) {
  const std::string with_nul("<13>one\r\n11 <14>1 two\nx<15>three\n\n5 <1>ab<16>four\0<17>five", 58);
  for (std::size_t piece = 1; piece < 60; ++piece) {
    auto got = read(with_nul, piece);
    EXPECT_TRUE(got.good);
    EXPECT_THAT(got.messages,
                ElementsAre("<13>one", "<14>1 two\nx", "<15>three", "<1>ab", "<16>four", "<17>five"))
        << piece;
    EXPECT_EQ(got.cut, 0u);
  }
}

TEST(SyslogFramingTest, CutsALongLineAndGoesOnWithTheNext) {
  auto got = read("<13>" + std::string(200, 'a') + "\n<13>next\n", 7);
  ASSERT_EQ(got.messages.size(), 2u);
  EXPECT_EQ(got.messages[0].size(), 64u);
  EXPECT_EQ(got.messages[1], "<13>next");
  EXPECT_EQ(got.cut, 1u);
}

TEST(SyslogFramingTest, AnImpossibleCountEndsTheStream) {
  EXPECT_FALSE(read("65 <13>x", 3).good);
  EXPECT_FALSE(read("99999999999999999999999 <13>x", 3).good);
  EXPECT_FALSE(read("12x<13>x", 3).good);
  EXPECT_TRUE(read("64 " + std::string(64, 'a'), 3).good);
}

TEST(SyslogFramingTest, ACountedMessageThatStopsIsGivenAndCounted) {
  auto got = read("20 <13>half", 4);
  EXPECT_THAT(got.messages, ElementsAre("<13>half"));
  EXPECT_EQ(got.cut, 1u);
}

}  // namespace
}  // namespace vedette::net
