#include "agent/logs/journal_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::agent {
namespace {

namespace fs = std::filesystem;
constexpr const char* kWriter = "/lib/systemd/systemd-journal-remote";

// Real journal files, written by systemd itself.
class JournalSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kWriter)) GTEST_SKIP() << "systemd-journal-remote is not installed";
  }
  void write(int first, int last, const std::string& file = "system.journal") {
    {
      std::ofstream out(folder_ / "export", std::ios::binary);
      for (int i = first; i <= last; ++i) {
        out << "__REALTIME_TIMESTAMP=" << 1764300000000000ll + i * 1000000ll
            << "\n__MONOTONIC_TIMESTAMP=" << 1000000 + i * 1000000
            << "\n_BOOT_ID=0123456789abcdef0123456789abcdef\n_COMM=sshd\nMESSAGE=entry " << i << "\n";
        const std::string odd = "two\nlines";
        out << "ODD\n";
        for (int byte = 0; byte < 8; ++byte) out << static_cast<char>((odd.size() >> (8 * byte)) & 0xFF);
        out << odd << "\n\n";
      }
    }
    fs::create_directories(folder_ / "journal");
    const auto command = fmt::format("{} --output={} {} 2>/dev/null", kWriter,
                                     (folder_ / "journal" / file).string(), (folder_ / "export").string());
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  std::unique_ptr<JournalSource> open(const std::string& position) {
    return std::make_unique<JournalSource>((folder_ / "journal").string(), position);
  }
  // "entry N|" of each.
  static std::string read(JournalSource& source, std::uint64_t* gaps = nullptr, std::size_t bytes = 1 << 20) {
    LogPiece piece;
    auto done = source.read(bytes, piece);
    EXPECT_TRUE(done) << done.error().full();
    if (gaps) *gaps += piece.gaps;
    std::string out;
    std::string_view text = piece.text;
    constexpr std::string_view kMessage = "\nMESSAGE=entry ";
    for (std::size_t at = 0; (at = text.find(kMessage, at)) != text.npos;) {
      at += kMessage.size();
      out += std::string(text.substr(at, text.find('\n', at) - at)) + "|";
    }
    if (piece.events > 0) {
      EXPECT_NE(text.find(std::string("\nODD\n\x09\0\0\0\0\0\0\0two\nlines\n", 23)), text.npos);
    }
    return out;
  }

  store::TemporaryFolder folder_;
};

TEST_F(JournalSourceTest, FromItsEndThenEachEntryOnceAcrossRestarts) {
  write(1, 3);
  std::string position;
  {
    auto source = open("");
    EXPECT_EQ(read(*source), "");
    position = source->position();
    ASSERT_FALSE(position.empty());
  }
  write(4, 6);
  {
    auto source = open(position);
    EXPECT_EQ(read(*source, nullptr, 1), "4|") << "at least one, however little is asked for";
    position = source->position();
  }
  auto source = open(position);
  EXPECT_EQ(read(*source), "5|6|");
  EXPECT_EQ(read(*source), "");
  write(7, 8);
  std::string more;
  for (int i = 0; i < 50 && more.size() < 4; ++i) more += read(*source);
  EXPECT_EQ(more, "7|8|");
}

TEST_F(JournalSourceTest, WhatWasVacuumedBeforeItWasReadIsAGap) {
  write(1, 2);
  std::string position;
  {
    auto source = open("head");
    EXPECT_EQ(read(*source), "1|2|");
    position = source->position();
  }
  fs::remove(folder_ / "journal" / "system.journal");
  write(10, 11);
  auto source = open(position);
  std::uint64_t gaps = 0;
  EXPECT_EQ(read(*source, &gaps), "10|11|");
  EXPECT_EQ(gaps, 1u);
}

TEST_F(JournalSourceTest, AnEmptyJournalIsReadFromItsBeginningWhenItFills) {
  fs::create_directories(folder_ / "journal");
  std::string position;
  {
    auto source = open("");
    EXPECT_EQ(read(*source), "");
    position = source->position();
  }
  write(1, 2);
  auto source = open(position);
  EXPECT_EQ(read(*source), "1|2|");
}

TEST_F(JournalSourceTest, AFolderThatIsNotThereIsNamed) {
  JournalSource source((folder_ / "nowhere").string(), "");
  LogPiece piece;
  EXPECT_FALSE(source.read(1 << 20, piece));
}

}  // namespace
}  // namespace vedette::agent
