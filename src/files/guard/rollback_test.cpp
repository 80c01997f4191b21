#include "files/guard/rollback.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;

class RollbackTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "data");
    vault_ = *Vault::open(folder_ / "vault", {}, clock_);
  }
  std::string path(const std::string& name) const { return (folder_ / "data" / name).string(); }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string get(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Keeps what is there, then `change` does what an attacker does.
  Deed deed(ChangeKind kind, const std::string& name) {
    Deed out;
    out.number = vault_->next_number();
    out.kind = kind;
    out.path = path(name);
    out.file = file_id_of(out.path);
    return out;
  }
  Deed modify(const std::string& name, const std::string& text) {
    auto out = deed(ChangeKind::kModified, name);
    UniqueFd fd(::open(out.path.c_str(), O_RDONLY | O_CLOEXEC));
    out.image = vault_->keep(fd.get(), out.path, out.file, "attacker")->id;
    put(name, text);
    return out;
  }
  Deed rename(const std::string& from, const std::string& to) {
    fs::rename(path(from), path(to));
    auto out = deed(ChangeKind::kRenamed, to);
    out.old_path = path(from);
    return out;
  }
  std::size_t replaced() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_ / "vault" / "replaced"), {}));
  }
  store::TemporaryFolder folder_;
  ManualClock clock_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(RollbackTest, ModifiedAndRenamedItIsAsItWasUnderItsFirstName) {
  put("a", "the original");
  ::chmod(path("a").c_str(), 0640);
  struct stat before{};
  ::stat(path("a").c_str(), &before);
  std::vector<Deed> deeds{modify("a", "ciphertext"), rename("a", "a.locked")};
  auto report = roll_back(*vault_, deeds);
  ASSERT_EQ(report.size(), 1u);
  EXPECT_TRUE(report[0].ok()) << report[0].error;
  EXPECT_EQ(report[0].sha256, report[0].sha256_expected);
  EXPECT_FALSE(report[0].sha256.empty());
  EXPECT_EQ(get("a"), "the original");
  EXPECT_FALSE(fs::exists(path("a.locked")));
  struct stat after{};
  ::stat(path("a").c_str(), &after);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  EXPECT_EQ(replaced(), 1u) << "the attacker's version is kept";
}

TEST_F(RollbackTest, WhatWasCopiedAndRemovedComesBackFromTheDescriptor) {
  put("a", "the original");
  Deed gone = deed(ChangeKind::kDeleted, "a");
  gone.pin = std::make_shared<UniqueFd>(::open(path("a").c_str(), O_RDONLY | O_CLOEXEC));
  put("a.enc", "ciphertext");
  auto made = deed(ChangeKind::kCreated, "a.enc");
  fs::remove(path("a"));
  auto report = roll_back(*vault_, {gone, made});
  EXPECT_EQ(get("a"), "the original");
  EXPECT_FALSE(fs::exists(path("a.enc")));
  EXPECT_EQ(replaced(), 1u);
  for (const auto& file : report) EXPECT_TRUE(file.ok()) << file.path << file.error;
}

TEST_F(RollbackTest, DoneTwiceItChangesNothingTheSecondTime) {
  put("a", "the original");
  std::vector<Deed> deeds{modify("a", "ciphertext")};
  roll_back(*vault_, deeds);
  auto again = roll_back(*vault_, deeds);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].action, "already_right");
  EXPECT_EQ(get("a"), "the original");
  EXPECT_EQ(replaced(), 1u);
}

TEST_F(RollbackTest, WhatAKilledRollbackLeftHalfWrittenGoes) {
  put("a", "the original");
  put(".vedette-restore-17", "the ori");
  put(".vedette-restore-notes", "somebody's");
  roll_back(*vault_, {modify("a", "ciphertext")});
  EXPECT_EQ(get("a"), "the original");
  EXPECT_FALSE(fs::exists(path(".vedette-restore-17")));
  EXPECT_TRUE(fs::exists(path(".vedette-restore-notes")));
}

TEST_F(RollbackTest, OneThatCannotBeUndoneIsNamedAndTheOthersComeBack) {
  put("a", "first");
  put("b", "second");
  auto lost = modify("a", "ciphertext");
  fs::remove(folder_ / "vault" / "images" / std::to_string(lost.image));
  auto report = roll_back(*vault_, {lost, modify("b", "ciphertext")});
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(get("a"), "ciphertext") << "no worse than the attacker left it";
  EXPECT_EQ(get("b"), "second");
  for (const auto& file : report) EXPECT_EQ(file.ok(), file.path == path("b")) << file.error;
}

TEST_F(RollbackTest, AnImageThatIsNotWhatWasHashedIsReported) {
  put("a", "the original");
  auto changed = modify("a", "ciphertext");
  ASSERT_TRUE(vault_->hash(changed.image));
  std::ofstream(folder_ / "vault" / "images" / std::to_string(changed.image)) << "not so any more";
  auto report = roll_back(*vault_, {changed});
  ASSERT_EQ(report.size(), 1u);
  EXPECT_FALSE(report[0].ok());
}

TEST_F(RollbackTest, TheVersionSomebodyMadeMeanwhileIsNeverThrownAway) {
  put("a", "the original");
  auto changed = modify("a", "ciphertext");
  put("a", "somebody's later work");
  auto report = roll_back(*vault_, {changed});
  ASSERT_TRUE(report.at(0).ok());
  std::ifstream kept(report[0].moved_to, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), "somebody's later work");
}

}  // namespace
}  // namespace vedette::files
