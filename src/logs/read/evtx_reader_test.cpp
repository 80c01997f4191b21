// Against the rules' own regression events (corpora/logs): 202 files and the same events flattened by another
// program.
#include "logs/read/evtx_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "logs/case_fold.h"

namespace vedette::logs {
namespace {

namespace fs = std::filesystem;

// The flattened file has lost blanks around values, and one of its values was written by hand in another
// case.
std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == std::string_view::npos ? "" : fold_case(text.substr(from, to - from + 1));
}

TEST(Evtx, ValuesAsTheRulesKnowThem) {
  FieldList fields;
  ValueKind kind{};
  const auto text = [&](std::uint8_t type, std::string_view bytes) {
    return std::string(value_text({type, bytes}, fields, kind));
  };
  EXPECT_EQ(text(0x01, std::string_view("a\0\xC9\x1E\x3D\xD8\x00\xDE\x00\xD8", 10)), "aỉ😀\xEF\xBF\xBD");
  EXPECT_EQ(text(0x03, "\xFF"), "-1");
  EXPECT_EQ(kind, ValueKind::kNumber);
  EXPECT_EQ(text(0x08, "\xFF\xFF\xFF\xFF"), "4294967295");
  EXPECT_EQ(text(0x0D, std::string_view("\1\0\0\0", 4)), "true");
  EXPECT_EQ(text(0x0E, "\x01\xAB"), "01AB");
  EXPECT_EQ(text(0x0F, "\x0D\x38\x70\x57\x2A\xC2\xE0\x43\xBF\x4C\x06\xF5\x69\x8F\xFB\xD9"),
            "5770380D-C22A-43E0-BF4C-06F5698FFBD9");
  EXPECT_EQ(text(0x11, std::string_view("\x00\x80\x3E\xD5\xDE\xB1\x9D\x01", 8)),
            "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(text(0x13, std::string_view("\1\1\0\0\0\0\0\5\x12\0\0\0", 12)), "S-1-5-18");
  EXPECT_EQ(text(0x14, std::string_view("\x1F\0\0\0", 4)), "0x1f");
  EXPECT_EQ(text(0x08, "\xFF"), "0");  // cut
}

TEST(Evtx, WhatIsNoneIsRefusedAndDamageIsCounted) {
  EXPECT_FALSE(EvtxReader(Input::of("ElfFile")).next().has_value());
  EXPECT_FALSE(EvtxReader(Input::of(std::string(8192, 'x'))).next().has_value());
  std::string file("ElfFile\0", 8);
  file.resize(4096);
  EvtxReader empty(Input::of(file + std::string(65'536, '\0')));
  EXPECT_FALSE(empty.next().value().has_value());
  EXPECT_EQ(empty.counters().unparsed, 0u);
  EvtxReader damaged(Input::of(file + std::string(65'536, 'x') + std::string(100, 'y')));
  EXPECT_FALSE(damaged.next().value().has_value());
  EXPECT_EQ(damaged.counters().unparsed, 2u);
}

TEST(Evtx, OneEventOfATemplate) {
  EvtxReader reader(Input::open(VEDETTE_SOURCE_DIR "/fuzz/corpus/evtxlog/one.evtx").value());
  const auto event = reader.next().value();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->raw, R"({"EventID":4688,"Channel":"Security","Image":"C:\\x.exe"})");
  EXPECT_EQ(to_rfc3339(*event->time).substr(0, 4), "2022");
  EXPECT_FALSE(reader.next().value().has_value());
  EXPECT_EQ(reader.counters().unparsed, 0u);
}

// A template that holds itself.
TEST(Evtx, ATemplateOfItselfEnds) {
  std::string file("ElfFile\0", 8);
  file.resize(4096);
  std::string chunk("ElfChnk\0", 8);
  chunk.resize(65'536);
  const auto put = [&](std::size_t at, std::string_view bytes) { chunk.replace(at, bytes.size(), bytes); };
  put(48, std::string_view("\x00\x10\0\0", 4));
  put(512, std::string_view("**\0\0\x40\0\0\0", 8));
  const std::string_view instance("\x0C\1\0\0\0\0\0\4\0\0\0\0\0\0", 14);  // definition at 1024, no values
  put(512 + 24, instance);
  put(1024 + 20, std::string_view("\x1C\0\0\0", 4));  // 28 bytes: two of itself
  put(1024 + 24, instance);
  put(1024 + 24 + 14, instance);
  EvtxReader reader(Input::of(file + chunk));
  EXPECT_TRUE(reader.next().value().has_value());
  EXPECT_GE(reader.counters().unparsed, 1u);
}

TEST(Evtx, TheRegressionEventsGiveTheSameFields) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const fs::path corpora =
      (shared != nullptr ? fs::path(shared) : fs::path(VEDETTE_SOURCE_DIR).parent_path() / "shared") /
      "corpora/logs";
  if (!fs::exists(corpora))
    GTEST_SKIP() << "the regression events are not here: " << corpora << "; set VEDETTE_SHARED";
  const fs::path folder = fs::temp_directory_path() / fmt::format("evtx-{}", ::getpid());
  fs::create_directories(folder);
  const std::string unpack = fmt::format("zstd -dcq --long=27 '{}' | tar -x -C '{}'",
                                         (corpora / "sigma-regression.tar.zst").string(), folder.string());
  ASSERT_EQ(std::system(unpack.c_str()), 0);

  // What each event must have: the fields of the flattened file, by rule, as a set.
  std::map<std::string, std::multiset<std::map<std::string, std::string>>> want;
  std::ifstream flat(corpora / "regression_flat.ndjson");
  simdjson::dom::parser parser;
  for (std::string line; std::getline(flat, line);) {
    std::map<std::string, std::string> fields;
    std::string rule;
    simdjson::dom::object object;
    ASSERT_EQ(parser.parse(line).get(object), simdjson::SUCCESS);
    for (const auto& [key, value] : object) {
      std::string text = simdjson::minify(value);
      if (value.is_string()) text = std::string(value.get_string().value());
      if (key == "_rid") {
        rule = text;
      } else {
        fields[std::string(key)] = trimmed(text);
      }
    }
    want[rule].insert(std::move(fields));
  }

  std::size_t files = 0, events = 0, same = 0;
  std::string different;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".evtx") continue;
    ++files;
    EvtxReader reader(Input::open(entry.path()).value());
    auto& expected = want[entry.path().stem()];
    while (auto event = reader.next().value()) {
      ++events;
      std::map<std::string, std::string> got;
      for (const Field& field : event->fields)
        got.emplace(field.name, field.kind == ValueKind::kNull ? "null" : trimmed(field.value));
      const auto holds = [&](const auto& fields) {
        return std::all_of(fields.begin(), fields.end(), [&](const auto& field) {
          const auto found = got.find(field.first);
          return found != got.end() && found->second == field.second;
        });
      };
      const auto match = std::find_if(expected.begin(), expected.end(), holds);
      if (match != expected.end()) {
        ++same;
        expected.erase(match);
      } else if (different.empty()) {
        different = fmt::format("{}: {}", entry.path().string(), event->raw.substr(0, 2000));
        if (!expected.empty()) {
          for (const auto& [name, value] : *expected.begin()) {
            if (!got.contains(name) || got[name] != value)
              different += fmt::format("\n{}: want {} got {}", name, value, got[name]);
          }
        }
      }
      simdjson::dom::parser check;
      EXPECT_EQ(check.parse(simdjson::padded_string(event->raw)).error(), simdjson::SUCCESS) << event->raw;
    }
    EXPECT_EQ(reader.counters().unparsed, 0u) << entry.path();
  }
  fs::remove_all(folder);
  fmt::print("evtx: {} files, {} events, {} with the fields of the flattened file\n", files, events, same);
  EXPECT_EQ(files, 202u);
  EXPECT_EQ(same, 238u) << different;
}

}  // namespace
}  // namespace vedette::logs
