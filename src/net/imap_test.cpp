#include "net/imap.h"

#include <gtest/gtest.h>

namespace vedette::net {
namespace {

TEST(Imap, TheStateOfAFolder) {
  const auto state = parse_imap_state(
      "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 1669768023] UIDs valid\r\n* OK [UIDNEXT 4] "
      "next\r\n");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->uid_validity, 1669768023u);
  EXPECT_EQ(state->uid_next, 4u);
  EXPECT_FALSE(parse_imap_state("* OK [UIDVALIDITY 7] x\r\n"));
  EXPECT_FALSE(parse_imap_state("* OK [UIDVALIDITY 99999999999] x\r\n* OK [UIDNEXT 4] x\r\n"));
}

TEST(Imap, AListOfMessages) {
  const auto all = parse_imap_list(
      "* 2 FETCH (UID 9 RFC822.SIZE 12 INTERNALDATE \"30-Nov-2026 10:00:00 +0700\")\r\n"
      "* 1 FETCH (RFC822.SIZE 5000000000 INTERNALDATE \" 1-Feb-2026 00:00:05 +0000\" UID 7)\r\n"
      "* 2 FETCH (FLAGS (\\Seen) UID 9)\r\n* 3 EXISTS\r\n* 4 FETCH (UID x RFC822.SIZE 1)\r\n"
      "* 5 FETCH (UID 10 RFC822.SIZE 1 INTERNALDATE \"31-Feb-2026 00:00:00 +0000\")\r\n* 5 FETCH (UID 10 "
      "RFC822.SIZE 1)\r\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].uid, 7u);
  EXPECT_EQ(all[0].bytes, 5'000'000'000u);
  EXPECT_EQ(all[0].received, *parse_rfc3339("2026-02-01T00:00:05Z"));
  EXPECT_EQ(all[1].received, *parse_rfc3339("2026-11-30T03:00:00Z"));
  EXPECT_FALSE(all[2].received);
}

TEST(Imap, ANameThatWouldBeACommandIsNone) {
  EXPECT_TRUE(is_imap_folder_name("INBOX/Directives"));
  for (const auto* name : {"", "a\r\nb", "a\" b", "a*", "a\\", "th\xc6\xb0"})
    EXPECT_FALSE(is_imap_folder_name(name));
}

}  // namespace
}  // namespace vedette::net
