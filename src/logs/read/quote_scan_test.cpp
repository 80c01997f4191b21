#include "logs/read/quote_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace vedette::logs {
namespace {

// Where the string that begins at `at` ends, byte by byte.
std::size_t plain_end(std::string_view text, std::size_t at, bool& escaped) {
  escaped = false;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\') continue;
    escaped = true;
    ++at;
  }
  return std::min(at, text.size());
}

// Runs of backslashes of every length over the ends of blocks, also outside of strings.
TEST(QuoteScanTest, EndsStringsWhereReadingByteByByteEndsThem) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const auto size = random() % 300;
    const auto kind = 2 + random() % 3;
    while (text.size() < size)
      text.append(random() % 8 == 0 ? random() % 140 : 1,
                  "\\\"ax"[std::min<std::size_t>(random() % kind, 3)]);
    QuoteScan scan(text);
    for (auto open = text.find('"'); open != std::string::npos;) {
      bool escaped = false, plain_escaped = false;
      const auto end = scan.end_of_string(open + 1, escaped);
      ASSERT_EQ(end, plain_end(text, open + 1, plain_escaped)) << text << " from " << open;
      ASSERT_EQ(escaped, plain_escaped) << text << " from " << open;
      // Some are asked for with others between them left out, as a reader leaves out what lies between
      // strings.
      const auto next = end + 1 + random() % 90;
      open = next < text.size() ? text.find('"', next) : std::string::npos;
    }
  }
}

}  // namespace
}  // namespace vedette::logs
