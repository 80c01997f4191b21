#include "files/guard/vault_records.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace vedette::files {
namespace {

VaultHistory read(std::initializer_list<boost::json::object> lines) {
  VaultHistory history;
  for (const auto& line : lines) take_record(boost::json::serialize(line), history);
  return history;
}

TEST(VaultRecordsTest, AnImageComesBackAsItWas) {
  Image image;
  image.id = 7;
  image.path = "/data/b\xffse \"x\"\n.txt";  // a path is bytes
  image.file = std::string("\0\x01\xfe", 3);
  image.actor = "session 9|0||/usr/bin/python3";
  image.lineage = {{10, 1'000}, {9, 900}};
  image.size = 5'000'000'000;
  image.mode = 04755;
  image.uid = 1'000;
  image.gid = 4'000'000'000;
  image.mtime_ns = -5;
  image.atime_ns = 1'700'000'000'123'456'789;
  image.xattrs = {{"user.note", std::string("\0x", 2)}};
  image.sha256 = "ab";
  image.reflink = true;
  image.settled = true;
  image.at = from_unix_ms(1'700'000'000'123);
  auto history = read({to_record(image)});
  ASSERT_TRUE(history.images.contains(7));
  const auto& back = history.images.at(7);
  EXPECT_EQ(back.path, image.path);
  EXPECT_EQ(back.file, image.file);
  EXPECT_EQ(back.lineage, image.lineage);
  EXPECT_EQ(back.size, image.size);
  EXPECT_EQ(back.mode, image.mode);
  EXPECT_EQ(back.gid, image.gid);
  EXPECT_EQ(back.mtime_ns, image.mtime_ns);
  EXPECT_EQ(back.atime_ns, image.atime_ns);
  EXPECT_EQ(back.xattrs, image.xattrs);
  EXPECT_TRUE(back.reflink && back.settled);
  EXPECT_EQ(back.at, image.at);
  EXPECT_EQ(history.last_number, 7u);
  EXPECT_EQ(history.unreadable_lines, 0u);
}

TEST(VaultRecordsTest, ADeedComesBackAndMayGetItsImageLater) {
  Deed deed;
  deed.number = 3;
  deed.kind = ChangeKind::kReplaced;
  deed.path = "/d/a";
  deed.old_path = "/d/a~";
  deed.file = "new";
  deed.replaced = "old";
  deed.actor = "k";
  deed.canary = true;
  auto history = read({to_record(deed), {{"t", "pin_saved"}, {"deed", 3}, {"image", 8}}});
  ASSERT_EQ(history.deeds.size(), 1u);
  EXPECT_EQ(history.deeds[0].kind, ChangeKind::kReplaced);
  EXPECT_EQ(history.deeds[0].replaced, "old");
  EXPECT_EQ(history.deeds[0].image, 8u);
  EXPECT_TRUE(history.deeds[0].canary);
}

TEST(VaultRecordsTest, LaterLinesChangeEarlierOnes) {
  Image image;
  image.id = 1;
  FileIncident incident;
  incident.id = "x";
  incident.state = IncidentState::kHeld;
  auto held = to_record(incident);
  incident.state = IncidentState::kRolledBack;
  auto history = read({to_record(image),
                       {{"t", "hash"}, {"id", 1}, {"sha256", "cd"}},
                       {{"t", "settled"}, {"id", 1}, {"settled", 1}},
                       held,
                       to_record(incident)});
  EXPECT_EQ(history.images.at(1).sha256, "cd");
  EXPECT_TRUE(history.images.at(1).settled);
  ASSERT_EQ(history.incidents.size(), 1u);
  EXPECT_EQ(history.incidents[0].state, IncidentState::kRolledBack);
  take_record(R"({"t":"evicted","id":1})", history);
  EXPECT_TRUE(history.images.empty());
}

TEST(VaultRecordsTest, WhatDoesNotReadIsCountedAndHarmsNothing) {
  VaultHistory history;
  for (const char* line : {"", "{", "[]", "7", R"({"t":"unheard of"})", R"({"t":"image","id":1,"path":"/a")"})
    take_record(line, history);
  EXPECT_EQ(history.unreadable_lines, 6u);
  EXPECT_TRUE(history.images.empty());
  // Known kinds with members of another type: as good as absent.
  take_record(R"({"t":"image","id":"x","size":-1,"lineage":[1,[2],["a","b"]],"xattrs":[]})", history);
  take_record(R"({"t":"settled","id":99})", history);
  EXPECT_EQ(history.images.size(), 1u);
}

}  // namespace
}  // namespace vedette::files
