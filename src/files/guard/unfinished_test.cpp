#include "files/guard/unfinished.h"

#include <gtest/gtest.h>

namespace vedette::files {
namespace {

Image image(std::uint64_t id, const std::string& file, const std::string& actor) {
  Image image;
  image.id = id;
  image.path = "/data/" + file;
  image.file = file;
  image.actor = actor;
  return image;
}

FileIncident incident() {
  FileIncident incident;
  incident.actor_key = "attacker";
  incident.partners = {"partner"};
  incident.root = {7, 700};
  return incident;
}

std::vector<std::string> paths(const std::vector<Deed>& deeds) {
  std::vector<std::string> out;
  for (const auto& deed : deeds) out.push_back(deed.path);
  return out;
}
using Paths = std::vector<std::string>;

TEST(UnfinishedTest, TakesWhatTheAttackerHisPartnersAndTheirRootHadOpen) {
  auto started = image(3, "c", "session 9");
  started.lineage = {{8, 800}, {7, 700}};
  EXPECT_EQ(paths(unfinished_writes(
                {image(1, "a", "attacker"), image(2, "b", "partner"), started, image(4, "d", "somebody")}, {},
                incident())),
            (Paths{"/data/a", "/data/b", "/data/c"}));
}

TEST(UnfinishedTest, LeavesOutWhatIsToldOrWasJudgedQuiet) {
  auto quiet = image(2, "b", "attacker");
  quiet.settled = true;
  Deed told;
  told.image = 1;
  EXPECT_TRUE(unfinished_writes({image(1, "a", "attacker"), quiet}, {told}, incident()).empty());
}

TEST(UnfinishedTest, LeavesTheLaterWorkOfSomebodyElseAlone) {
  EXPECT_TRUE(
      unfinished_writes({image(1, "a", "attacker"), image(2, "a", "somebody")}, {}, incident()).empty());
  EXPECT_EQ(unfinished_writes({image(1, "a", "somebody"), image(2, "a", "attacker")}, {}, incident()).size(),
            1u);
}

}  // namespace
}  // namespace vedette::files
