#include <gmock/gmock.h>

#include <fstream>

#include "base/hash.h"
#include "base/id.h"
#include "desk/desk_fixture.h"
#include "desk/evidence/bundle.h"
#include "desk/evidence/evidence_vault.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

struct EvidenceTest : DeskTest {
  Incidents incidents{*database, *desk, clock, std::make_shared<const RegimeSet>(RegimeSet::built_in())};
  std::unique_ptr<EvidenceVault> vault = opened_vault();
  Incident incident =
      copy_of(incidents.open({.title = "x", .facts = {.detected_at = clock.wall()}}, {}, "an"));
  const EvidenceItem draft{
      .kind = "file", .name = "thư đòi tiền.txt", .note = "trên máy 3", .tlp = Tlp::kRed};

  std::unique_ptr<EvidenceVault> opened_vault() {
    return copy_of(EvidenceVault::open(incidents, *database, clock, folder / "evidence",
                                       folder / "state.db.key", folder / "evidence.key"));
  }
  EvidenceItem taken(std::string_view bytes) { return copy_of(vault->take(incident.id, draft, bytes, "an")); }
  fs::path file_of(const EvidenceItem& item) { return folder / "evidence" / item.id; }
  static std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void spit(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::size_t files() {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / "evidence"), {}));
  }
  static Result<VerifiedBundle> verified(const std::string& bytes, const std::string& key = "",
                                         std::size_t step = 1000) {
    std::size_t at = 0;
    return verify_bundle(
        [&]() -> Result<std::string> {
          auto piece = bytes.substr(at, step);
          at += piece.size();
          return piece;
        },
        key);
  }
};

TEST_F(EvidenceTest, IsSealedOnTheDiskAndComesBackWithEachLookInItsCustody) {
  std::string bytes(300'000, 'x');
  bytes += "YOUR FILES ARE ENCRYPTED";
  auto item = taken(bytes);
  EXPECT_EQ(item.sha256, sha256_hex(bytes));
  EXPECT_EQ(item.bytes, static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(slurp(file_of(item)).find("ENCRYPTED"), std::string::npos);
  EXPECT_EQ(fs::status(file_of(item)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(copy_of(vault->view(incident.id, item.id, "binh")), bytes);
  auto custody = copy_of(vault->list(incident.id)).at(0).custody;
  ASSERT_EQ(custody.size(), 2u);
  EXPECT_EQ(custody[0].action, "taken_in");
  EXPECT_EQ(custody[1].action, "viewed");
  EXPECT_EQ(custody[1].by, "binh");
  EXPECT_EQ(copy_of(desk->audit_log("", 1)).items[0].action, "incident.evidence_viewed");
  vault.reset();
  vault = opened_vault();  // a restart keeps what is whole
  EXPECT_EQ(copy_of(vault->view(incident.id, item.id, "an")), bytes);
}

TEST_F(EvidenceTest, EveryChangeOfTheFileIsSeen) {
  for (std::size_t size : {0u, 1u, 65'536u, 65'537u, 200'000u}) {
    auto item = taken(std::string(size, 'a'));
    const auto whole = slurp(file_of(item));
    EXPECT_TRUE(vault->view(incident.id, item.id, "an")) << size;
    auto flipped = whole;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    std::vector<std::string> broken{flipped, whole.substr(0, whole.size() - 1), whole + "x", "",
                                    whole.substr(0, 24)};
    if (size > 65'536) broken.push_back(whole.substr(0, 24 + 65'536 + 17));  // cut at a piece's end
    for (const auto& bytes : broken) {
      spit(file_of(item), bytes);
      auto seen = vault->view(incident.id, item.id, "an");
      ASSERT_FALSE(seen) << size << " " << bytes.size();
      EXPECT_EQ(seen.error().code(), ErrorCode::kCorrupt);
    }
    spit(file_of(item), whole);
  }
}

TEST_F(EvidenceTest, AnotherFileOfTheVaultInItsPlaceIsSeen) {
  auto one = taken("one"), two = taken("two");
  fs::copy_file(file_of(two), file_of(one), fs::copy_options::overwrite_existing);
  EXPECT_EQ(vault->view(incident.id, one.id, "an").error().code(), ErrorCode::kCorrupt);
  EXPECT_FALSE(vault->bundle(incident.id, {}, "an"));
  EXPECT_EQ(copy_of(vault->view(incident.id, two.id, "an")), "two");
}

TEST_F(EvidenceTest, AStartRemovesOnlyWhatWasNotFinished) {
  auto item = taken("one");
  const auto unfinished = folder / "evidence" / (new_id(clock) + ".part");
  const auto of_a_later_database = folder / "evidence" / new_id(clock);
  spit(unfinished, "half");
  spit(of_a_later_database, "whole");
  vault.reset();
  vault = opened_vault();
  EXPECT_FALSE(fs::exists(unfinished));
  EXPECT_TRUE(fs::exists(of_a_later_database)) << "the database was restored, the evidence is still evidence";
  EXPECT_EQ(copy_of(vault->view(incident.id, item.id, "an")), "one");
}

TEST_F(EvidenceTest, AnIntakeTakesItsPartsInOrderFromOnePersonAndEndsWhenIdle) {
  auto intake = copy_of(vault->begin(incident.id, draft, "an"));
  ASSERT_TRUE(vault->part(intake, 0, "abc", "an"));
  EXPECT_FALSE(vault->part(intake, 0, "abc", "an")) << "sent twice";
  EXPECT_FALSE(vault->part(intake, 3, "x", "binh")) << "another person's";
  ASSERT_TRUE(vault->part(intake, 3, "def", "an"));
  EXPECT_TRUE(copy_of(vault->list(incident.id)).empty()) << "not there before it is whole";
  auto item = copy_of(vault->finish(intake, "an"));
  EXPECT_EQ(item.sha256, sha256_hex("abcdef"));
  EXPECT_FALSE(vault->finish(intake, "an"));

  std::vector<std::string> intakes;
  for (std::size_t i = 0; i < EvidenceVault::kIntakes; ++i)
    intakes.push_back(copy_of(vault->begin(incident.id, draft, "an")));
  EXPECT_FALSE(vault->begin(incident.id, draft, "an"));
  clock.advance(EvidenceVault::kIdle);
  EXPECT_TRUE(vault->begin(incident.id, draft, "an"));
  EXPECT_FALSE(vault->part(intakes[0], 0, "x", "an"));
  EXPECT_EQ(files(), 2u) << "the idle ones left nothing";
  vault.reset();
  vault = opened_vault();
  EXPECT_EQ(files(), 1u) << "nor what a restart interrupted";
}

TEST_F(EvidenceTest, WhatIsRefusedLeavesNothing) {
  EXPECT_FALSE(vault->begin("none", draft, "an"));
  auto nameless = draft;
  nameless.name = "a\nb";
  EXPECT_FALSE(vault->begin(incident.id, nameless, "an"));
  auto intake = copy_of(vault->begin(incident.id, draft, "an"));
  ASSERT_TRUE(incidents.close(incident.id, "", "lan"));
  auto finished = vault->finish(intake, "an");
  ASSERT_FALSE(finished);
  EXPECT_THAT(said_in(finished.error(), Language::kEnglish), HasSubstr("closed"));
  EXPECT_EQ(files(), 0u);
  EXPECT_FALSE(vault->view(incident.id, "none", "an"));
  EXPECT_FALSE(vault->bundle(incident.id, {}, "an"));
}

TEST_F(EvidenceTest, ABundleIsProvedByItsSignatureAndEveryChangeOfItIsSeen) {
  auto first = taken("first file");
  auto second = taken(std::string(5'000, 'b'));
  const auto bundle = copy_of(vault->bundle(incident.id, {}, "lan"));
  for (std::size_t step : {1u, 511u, 512u, 4'096u}) {
    auto checked = verified(bundle, vault->public_key(), step);
    ASSERT_TRUE(checked) << step << " " << checked.error().full();
    EXPECT_THAT(checked->files, ElementsAre(testing::Pair(draft.name, first.sha256),
                                            testing::Pair(draft.name, second.sha256)));
    EXPECT_EQ(checked->reference, incident.reference);
    EXPECT_EQ(checked->exported_by, "lan");
  }
  EXPECT_THAT(bundle, HasSubstr("\"action\":\"exported\"")) << "the manifest tells of this export too";
  EXPECT_EQ(copy_of(vault->list(incident.id))[0].custody.back().action, "exported");
  EXPECT_FALSE(verified(bundle, "AAAA")) << "another's key";
  // A changed byte anywhere but in the fields of a tar header that say nothing of the content.
  for (std::size_t at = 0; at < bundle.size(); at += 97) {
    auto changed = bundle;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    auto checked = verified(changed, vault->public_key());
    const bool padding = bundle[at] == '\0';
    EXPECT_TRUE(!checked || padding) << "at " << at;
  }
  for (std::size_t cut : {std::size_t{0}, std::size_t{100}, std::size_t{600}, bundle.size() - 1'025})
    EXPECT_FALSE(verified(bundle.substr(0, cut))) << cut;
  EXPECT_FALSE(verified(std::string(4'096, 'x')));
  const auto only = copy_of(vault->bundle(incident.id, {second.id}, "lan"));
  EXPECT_EQ(copy_of(verified(only)).files.size(), 1u);
}

}  // namespace
}  // namespace vedette::desk
