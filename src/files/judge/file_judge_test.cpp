#include "files/judge/file_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "files/judge/measure.h"
#include "files/judge/test_files.h"

namespace vedette::files {
namespace {

using namespace test_files;

Actor actor(std::string executable = "/usr/bin/python3", std::int32_t session = 7, std::uint32_t uid = 1000) {
  Actor out;
  out.process = {
      .pid = 10, .start_ticks = 1, .executable = std::move(executable), .name = "x", .arguments = {}};
  out.ancestors = {{.pid = 9, .start_ticks = 1, .executable = "/bin/bash", .name = "bash", .arguments = {}}};
  out.session = session;
  out.uid = uid;
  return out;
}

struct Bench {
  FileJudge judge{default_thresholds()};
  SteadyTime now{};

  FileChange modified(std::string path, std::string_view before, std::string_view after) {
    const TemporaryFile a(before), b(after);
    FileChange out;
    out.path = std::move(path);
    out.size_before = before.size(), out.size_after = after.size();
    out.content = *measure_change(a.fd(), b.fd());
    out.at = now;
    return out;
  }
  FileChange created(std::string path, std::string_view bytes) {
    const TemporaryFile file(bytes);
    FileChange out;
    out.kind = ChangeKind::kCreated;
    out.path = std::move(path);
    out.size_after = bytes.size();
    out.content = *describe_file(file.fd());
    out.at = now;
    return out;
  }
  FileChange deleted(std::string path, std::string_view bytes) {
    const TemporaryFile file(bytes);
    FileChange out;
    out.kind = ChangeKind::kDeleted;
    out.path = std::move(path);
    out.size_before = bytes.size();
    out.content = *describe_removed(file.fd());
    out.at = now;
    return out;
  }
  FileChange renamed(std::string from, std::string to) {
    FileChange out;
    out.kind = ChangeKind::kRenamed;
    out.path = std::move(to), out.old_path = std::move(from);
    out.at = now;
    return out;
  }
};

std::string at(int i, std::string_view ending, int directories = 1) {
  return fmt::format("/srv/data/{}/file{}{}", i % directories, i, ending);
}

TEST(FileJudge, ThreeDocumentsMadeRandomAreAnAttack) {
  Bench b;
  for (int i = 0; i < 3; ++i) {
    const auto j = b.judge.judge(
        actor(), b.modified(at(i, ".docx"), docx(static_cast<std::uint64_t>(i)), random_bytes(9000)));
    EXPECT_EQ(j.verdict == Verdict::kAttack, i == 2) << i;
    ASSERT_FALSE(j.reasons.empty());
    EXPECT_EQ(j.reasons[0].key, "files.judge.became_random");
    EXPECT_NE(render(j.reasons[0], Language::kVietnamese), render(j.reasons[0], Language::kEnglish));
  }
}

TEST(FileJudge, OneFileWrittenManyTimesIsOneFile) {
  Bench b;
  for (int i = 0; i < 50; ++i) {
    const auto j = b.judge.judge(actor(), b.modified("/srv/data/state.txt", words(4000),
                                                     random_bytes(4000, static_cast<std::uint64_t>(i))));
    EXPECT_NE(j.verdict, Verdict::kAttack);
  }
}

TEST(FileJudge, AProcessAndASessionPerFileMeetInTheDirectory) {
  Bench b;
  int stopped = -1;
  for (int i = 0; i < 10 && stopped < 0; ++i) {
    if (b.judge.judge(actor("/tmp/x", 100 + i), b.modified(at(i, ".txt"), words(4000), random_bytes(4000)))
            .verdict == Verdict::kAttack)
      stopped = i;
  }
  EXPECT_EQ(stopped, 2);
}

TEST(FileJudge, AProcessAndASessionPerFileMeetInTheirParent) {
  for (const bool forked : {true, false}) {
    Bench b;
    int stopped = -1;
    Judgement last;
    std::string keys[20];
    for (int i = 0; i < 20 && stopped < 0; ++i) {
      Actor child = actor("/tmp/x", 100 + i);
      child.ancestors[0].executable = forked ? "/tmp/x" : "/bin/sh";
      keys[i] = child.key();
      last = b.judge.judge(child,
                           b.modified(fmt::format("/srv{}/file.txt", i), words(4000), random_bytes(4000)));
      if (last.verdict == Verdict::kAttack) stopped = i;
    }
    EXPECT_EQ(stopped, forked ? 2 : 4);
    ASSERT_EQ(last.partners.size(), forked ? 2U : 4U);
    EXPECT_NE(std::find(last.partners.begin(), last.partners.end(), keys[0]), last.partners.end());
    EXPECT_EQ(std::find(last.partners.begin(), last.partners.end(), keys[stopped]), last.partners.end());
  }
}

TEST(FileJudge, ClientsOfOneFileServerAreNotOneAttacker) {
  Bench b;
  for (int i = 0; i < 5; ++i) {
    Actor child = actor("/usr/sbin/smbd", 100 + i);
    child.ancestors[0].executable = "/usr/sbin/smbd";
    child.client = fmt::format("user{}@192.0.2.1", i);
    const auto j =
        b.judge.judge(child, b.modified(fmt::format("/srv{}/file.txt", i), words(4000), random_bytes(4000)));
    EXPECT_EQ(j.verdict, Verdict::kQuiet);
    EXPECT_TRUE(j.partners.empty());
  }
}

TEST(FileJudge, AStoreOfEncryptedPiecesMayDropItsOldOnes) {
  Bench b;
  const auto piece = [](int i) {
    std::string out = "BORG_SEG";
    for (int k = 0; k < 30; ++k)
      out +=
          std::string("\0\0\0\0\x2b\0\0\0\0", 9) + random_bytes(300, static_cast<std::uint64_t>(i * 100 + k));
    return out;
  };
  for (int i = 0; i < 30; ++i) {
    EXPECT_NE(b.judge.judge(actor(), b.created(at(100 + i, ""), random_bytes(9'400))).verdict,
              Verdict::kAttack);
    EXPECT_NE(b.judge.judge(actor(), b.deleted(at(i, ""), piece(i))).verdict, Verdict::kAttack);
  }
}

TEST(FileJudge, TheSameNameInAnotherFolderIsNoCopy) {
  Bench b;
  for (int i = 0; i < 20; ++i) {
    const std::string name = fmt::format("report{}.docx", i);
    const auto bytes = docx(static_cast<std::uint64_t>(i), 9'000);
    b.judge.judge(actor(), b.created("/srv/new/" + name + ".part", random_bytes(bytes.size())));
    EXPECT_NE(b.judge.judge(actor("/bin/rm", 8), b.deleted("/srv/old/" + name, bytes)).verdict,
              Verdict::kAttack);
  }
}

TEST(FileJudge, ACopyElsewhereIsOneWhereTheOriginalWasRead) {
  Bench b;
  int stopped = -1;
  for (int i = 0; i < 10 && stopped < 0; ++i) {
    const auto name = fmt::format("report{}.docx", i);
    const auto bytes = docx(static_cast<std::uint64_t>(i), 9'000);
    b.judge.saw_read(actor(), "/srv/old/" + name, bytes.size(), b.now);
    b.judge.judge(actor(), b.created("/srv/new/" + name + ".x", random_bytes(bytes.size() + 40)));
    if (b.judge.judge(actor(), b.deleted("/srv/old/" + name, bytes)).verdict == Verdict::kAttack) stopped = i;
  }
  EXPECT_EQ(stopped, 2);
}

TEST(FileJudge, AListOfHashesIsNoCiphertext) {
  Bench b;
  for (int i = 0; i < 20; ++i) {
    std::string refs;
    for (const char c : random_bytes(20, static_cast<std::uint64_t>(i)))
      refs += fmt::format("{:02x}", static_cast<unsigned char>(c));
    const std::string object = deflated(words(300, static_cast<std::uint64_t>(i)), 15);
    b.judge.saw_read(actor(), at(i, ""), object.size(), b.now);
    b.judge.judge(actor(), b.created(at(i, ".lock"), refs + "\trefs/heads/master\n"));
    EXPECT_NE(b.judge.judge(actor(), b.deleted(at(i, ""), object)).verdict, Verdict::kAttack);
  }
}

TEST(FileJudge, AFolderWithEncryptedCopiesMayBeCleared) {
  Bench b;
  const auto encrypted = [](int i) {
    return std::string("age-encryption.org/v1\n") + random_bytes(9'000, static_cast<std::uint64_t>(i));
  };
  for (int i = 0; i < 20; ++i)
    b.judge.judge(actor("/usr/bin/age"), b.created(at(i, ".docx.age"), encrypted(i)));
  for (int i = 0; i < 20; ++i) {
    const auto bytes = docx(static_cast<std::uint64_t>(i), 9'000);
    EXPECT_NE(b.judge.judge(actor("/bin/rm", 8), b.deleted(at(i, ".docx"), bytes)).verdict, Verdict::kAttack);
  }
}

TEST(FileJudge, ASessionAndADirectoryPerFileMeetAbove) {
  Bench b;
  int stopped = -1;
  for (int i = 0; i < 20 && stopped < 0; ++i) {
    if (b.judge
            .judge(actor("/tmp/x", 100 + i), b.modified(at(i, ".txt", 100), words(4000), random_bytes(4000)))
            .verdict == Verdict::kAttack)
      stopped = i;
  }
  EXPECT_GE(stopped, 0);
  EXPECT_LT(stopped, 10);
}

TEST(FileJudge, OneFileAnHourStillAddsUp) {
  Bench b;
  int stopped = -1;
  for (int i = 0; i < 10 && stopped < 0; ++i) {
    b.now += std::chrono::hours(1);
    if (b.judge.judge(actor(), b.modified(at(i, ".txt"), words(4000), random_bytes(4000))).verdict ==
        Verdict::kAttack)
      stopped = i;
  }
  EXPECT_GE(stopped, 2);
  EXPECT_LT(stopped, 5);
}

TEST(FileJudge, CopyThenRemoveIsOneDeedInEitherOrder) {
  for (const bool copy_first : {true, false}) {
    Bench b;
    int stopped = -1;
    for (int i = 0; i < 6 && stopped < 0; ++i) {
      const auto copy = b.created(at(i, ".docx.locked"), random_bytes(9000, static_cast<std::uint64_t>(i)));
      const auto loss = b.deleted(at(i, ".docx"), docx());
      const auto first = b.judge.judge(actor("/usr/bin/openssl"), copy_first ? copy : loss);
      EXPECT_EQ(first.change_score, 0);
      if (b.judge.judge(actor("/bin/rm"), copy_first ? loss : copy).verdict == Verdict::kAttack) stopped = i;
    }
    EXPECT_EQ(stopped, 2) << copy_first;
  }
}

TEST(FileJudge, AnArchiverMakesOneOfMany) {
  Bench b;
  EXPECT_EQ(b.judge.judge(actor(), b.created("/srv/data/0/all.bin", random_bytes(60'000))).verdict,
            Verdict::kQuiet);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(b.judge.judge(actor(), b.deleted(at(i, ".docx"), docx())).verdict, Verdict::kQuiet) << i;
}

TEST(FileJudge, WorkIsQuiet) {
  Bench b;
  for (int i = 0; i < 200; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    for (const FileChange& change :
         {b.modified(at(i, ".docx"), docx(seed), docx(seed + 1, 60'500)),
          b.modified(at(i, ".png"), png(seed), png(seed + 1)),
          b.modified(at(i, ".txt"), words(5000, seed), words(6000, seed + 1)),
          b.created(at(i, ".log.gz"), deflated(words(9000, seed), 31)),
          b.deleted(at(i, ".log"), words(9000, seed)), b.renamed(at(i, ".jpeg"), at(i, ".jpg")),
          b.created(fmt::format("/srv/backup/{}", i), random_bytes(5000, seed))}) {
      const auto j = b.judge.judge(actor(), change);
      ASSERT_EQ(j.verdict, Verdict::kQuiet) << change.path << (j.reasons.empty() ? "" : j.reasons[0].key);
    }
    if (i == 3) b.now += std::chrono::minutes(1);
  }
}

TEST(FileJudge, NamesNotesAndBaitAloneNeverDecide) {
  Bench b;
  for (int i = 0; i < 100; ++i) {
    auto rename = b.renamed(at(i, ".docx", 50), at(i, ".docx.locked", 50));
    rename.canary = i % 10 == 0;
    EXPECT_NE(b.judge.judge(actor(), rename).verdict, Verdict::kAttack);
    EXPECT_NE(b.judge.judge(actor(), b.created(fmt::format("/srv/data/{}/README", i), words(200))).verdict,
              Verdict::kAttack);
  }
}

TEST(FileJudge, BaitMadesRandomAndOneMoreFileAreAnAttack) {
  Bench b;
  auto bait = b.modified(at(0, ".docx"), docx(), random_bytes(9000));
  bait.canary = true;
  b.judge.judge(actor(), b.modified(at(1, ".docx"), docx(), random_bytes(9000)));
  EXPECT_EQ(b.judge.judge(actor(), bait).verdict, Verdict::kAttack);
}

TEST(FileJudge, AFewFilesOfOnesOwnMayBeEncrypted) {
  Bench b;
  for (int i = 0; i < 6; ++i) {
    b.judge.judge(actor("/usr/bin/gpg"),
                  b.created(at(i, ".docx.gpg"), "\x8C\x0D\x04\x09\x03\x08" + random_bytes(9000)));
    EXPECT_NE(b.judge.judge(actor("/bin/rm"), b.deleted(at(i, ".docx"), docx())).verdict, Verdict::kAttack)
        << i;
  }
}

TEST(FileJudge, ForgivingStartsAgain) {
  Bench b;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2; ++i) {
      const auto j =
          b.judge.judge(actor(), b.modified(at(2 * round + i, ".txt"), words(4000), random_bytes(4000)));
      EXPECT_NE(j.verdict, Verdict::kAttack) << round;
    }
    b.judge.forgive(actor().key());
  }
}

TEST(FileJudge, QuietFilesFadeASumOnlySlowly) {
  Bench b;
  const auto harmless = b.modified("/srv/data/0/log.txt", words(4000), words(4100, 3));
  int stopped = -1;
  for (int i = 0; i < 12 && stopped < 0; ++i) {
    for (int k = 0; k < 50; ++k) b.judge.judge(actor(), harmless);
    if (b.judge.judge(actor(), b.modified(at(i, ".txt"), words(4000), random_bytes(4000))).verdict ==
        Verdict::kAttack)
      stopped = i;
  }
  EXPECT_GE(stopped, 2);
  EXPECT_LT(stopped, 8);
}

// What gives files of several types one ending nobody knows, and what becomes of them then.
struct BurstBench : Bench {
  static constexpr std::array<std::string_view, 4> kTypes = {".docx", ".txt", ".png", ".pdf"};
  static std::string old_name(int i, std::size_t types) {
    return at(i, kTypes[static_cast<std::size_t>(i) % types]);
  }
  Judgement rename(int i, std::size_t types = 4, const Actor& who = actor(), std::string ending = ".q7x") {
    return judge.judge(who, renamed(old_name(i, types), old_name(i, types) + ending));
  }
  Judgement noise(int i, std::size_t types = 4, const Actor& who = actor(), std::string ending = ".q7x") {
    return judge.judge(who, modified(old_name(i, types) + ending, words(4000), random_bytes(4000)));
  }
};

TEST(FileJudge, AfterABurstOfRenamesTheFirstNoiseDecides) {
  BurstBench b;
  for (int i = 0; i < 8; ++i) {
    const auto j = b.rename(i);
    EXPECT_EQ(j.rename_burst, i >= 5) << i;
    EXPECT_EQ(j.verdict, Verdict::kQuiet) << i;
  }
  const auto j = b.noise(0);
  EXPECT_EQ(j.verdict, Verdict::kAttack);
  ASSERT_FALSE(j.reasons.empty());
  EXPECT_EQ(j.reasons[0].key, "files.judge.rename_burst");
  EXPECT_NE(render(j.reasons[0], Language::kVietnamese), render(j.reasons[0], Language::kEnglish));
}

TEST(FileJudge, TheNoiseMayComeBeforeTheBurstIsComplete) {
  BurstBench b;
  for (int i = 0; i < 5; ++i) b.rename(i);
  EXPECT_NE(b.noise(2).verdict, Verdict::kAttack);
  EXPECT_EQ(b.rename(5).verdict, Verdict::kAttack);
}

TEST(FileJudge, FilesOfUnknownEndingsCountAmongABurst) {
  BurstBench b;
  for (int i = 0; i < 3; ++i) b.rename(i);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(b.judge.judge(actor(), b.renamed(at(i, ".wb9"), at(i, ".wb9.q7x"))).rename_burst, i >= 2) << i;
  EXPECT_EQ(b.noise(0).verdict, Verdict::kAttack);
}

TEST(FileJudge, AFileRenamedAgainAndAgainIsOneFile) {
  BurstBench b;
  for (int i = 0; i < 4; ++i) b.rename(i);
  std::string path = BurstBench::old_name(0, 4) + ".q7x";
  for (int i = 0; i < 12; ++i) {
    const auto known = path + ".txt";
    b.judge.judge(actor(), b.renamed(path, known));
    EXPECT_FALSE(b.judge.judge(actor(), b.renamed(known, known + ".q7x")).rename_burst) << i;
    path = known + ".q7x";
  }
}

TEST(FileJudge, WhatIsNoRenameBurst) {
  struct Case {
    std::string_view name;
    std::function<Judgement(BurstBench&)> last;
  };
  const auto many = [](BurstBench& b, std::size_t types = 4, const Actor& who = actor()) {
    for (int i = 0; i < 30; ++i) EXPECT_NE(b.rename(i, types, who).verdict, Verdict::kAttack);
  };
  const std::vector<Case> cases = {
      {"renames alone", [&](BurstBench& b) { return many(b), b.rename(31); }},
      {"a text edited after them",
       [&](BurstBench& b) {
         many(b);
         return b.judge.judge(actor(), b.modified(at(1, ".txt.q7x"), words(4000), words(4100, 3)));
       }},
      {"a document saved anew after them",
       [&](BurstBench& b) {
         many(b);
         return b.judge.judge(actor(), b.modified(at(0, ".docx.q7x"), docx(1), docx(2)));
       }},
      {"files of two types", [&](BurstBench& b) { return many(b, 2), b.noise(0, 2); }},
      {"another program writes",
       [&](BurstBench& b) { return many(b), b.noise(0, 4, actor("/usr/bin/shred")); }},
      {"another file turns", [&](BurstBench& b) { return many(b), b.noise(0, 4, actor(), ""); }},
      {"more than a minute between",
       [&](BurstBench& b) {
         many(b);
         b.now += std::chrono::seconds(61);
         return b.noise(0);
       }},
      {"too few",
       [&](BurstBench& b) {
         for (int i = 0; i < 5; ++i) b.rename(i);
         return b.noise(0);
       }},
      {"an ending for each",
       [&](BurstBench& b) {
         for (int i = 0; i < 30; ++i) b.rename(i, 4, actor(), fmt::format(".q{}", i));
         return b.noise(0, 4, actor(), ".q0");
       }},
      {"one file encrypted as people do",
       [&](BurstBench& b) {
         many(b);
         return b.judge.judge(actor(), b.modified(at(0, ".docx.q7x"), docx(),
                                                  "\x8C\x0D\x04\x09\x03\x08" + random_bytes(9000)));
       }},
      {"a person said it was theirs",
       [&](BurstBench& b) {
         many(b);
         b.judge.forgive(actor().key());
         return b.noise(0);
       }},
  };
  for (const Case& one : cases) {
    BurstBench b;
    const auto j = one.last(b);
    EXPECT_NE(j.verdict, Verdict::kAttack) << one.name;
    EXPECT_TRUE(std::ranges::none_of(j.reasons, [](const Message& m) {
      return m.key == "files.judge.rename_burst";
    })) << one.name;
  }
}

}  // namespace
}  // namespace vedette::files
