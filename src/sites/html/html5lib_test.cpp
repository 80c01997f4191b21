// The html5lib tokenizer suite: tokens and parse errors, fed whole and byte by byte.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text/utf8.h"
#include "sites/html/parse_error.h"
#include "sites/html/tokenizer.h"

namespace vedette::sites {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int kCases = 6810;

// Where the suite lies, unpacked; empty: the data is not here.
fs::path unpack_suite(const fs::path& folder) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(VEDETTE_SOURCE_DIR).parent_path() / "shared";
  const fs::path archive = root / "corpora/sites/html5lib-tokenizer.tar.zst";
  if (!fs::exists(archive)) return {};
  fs::create_directories(folder);
  const std::string command =
      fmt::format("zstd -dcq --long=27 '{}' | tar -x -C '{}'", archive.string(), folder.string());
  if (std::system(command.c_str()) != 0) return {};
  return folder;
}

// "\\uD800" → the code point, a lone surrogate as three bytes like any other.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 5 < text.size() && text[at + 1] == 'u') {
      std::uint32_t code =
          static_cast<std::uint32_t>(std::stoul(std::string(text.substr(at + 2, 4)), nullptr, 16));
      at += 5;
      if (code >= 0xD800 && code < 0xDC00 && text.substr(at + 1).starts_with("\\u")) {
        const auto low =
            static_cast<std::uint32_t>(std::stoul(std::string(text.substr(at + 3, 4)), nullptr, 16));
        if (low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          at += 6;
        }
      }
      append_utf8(out, code);
    } else {
      out += text[at];
    }
  }
  return out;
}

class Collector : public TokenHandler {
 public:
  explicit Collector(std::string_view input) : input_(input) {}
  void on_start_tag(const StartTag& tag) override {
    std::map<std::string, std::string> sorted;
    for (const Attribute& attribute : tag.attributes) sorted.emplace(attribute.name, attribute.value);
    std::string text = fmt::format("S|{}", tag.name);
    for (const auto& [name, value] : sorted) text += fmt::format("|{}={}", name, value);
    add(text + (tag.self_closing ? "|/" : ""));
  }
  void on_end_tag(const EndTag& tag) override { add(fmt::format("E|{}", tag.name)); }
  void on_text(std::string_view text, std::size_t) override {
    if (tokens.empty() || !tokens.back().starts_with("T|")) tokens.push_back("T|");
    tokens.back() += text;
  }
  void on_comment(std::string_view text, std::size_t) override { add(fmt::format("C|{}", text)); }
  void on_doctype(const Doctype& d) override {
    const auto show = [](const std::optional<std::string_view>& part) {
      return part ? fmt::format("'{}'", *part) : std::string("null");
    };
    add(fmt::format("D|{}|{}|{}|{}", show(d.name), show(d.public_id), show(d.system_id), !d.force_quirks));
  }
  void on_error(ParseError error, std::size_t offset) override {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < offset && i < input_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(input_[i]);
      if (byte == '\n') {
        ++line;
        column = 1;
      } else if (byte != '\r' && (byte & 0xC0) != 0x80) {
        ++column;
      }
    }
    if (offset > input_.size()) column += offset - input_.size();
    errors.push_back(fmt::format("{}@{}:{}", to_string(error), line, column));
  }
  std::vector<std::string> tokens, errors;

 private:
  void add(std::string token) { tokens.push_back(std::move(token)); }
  std::string_view input_;
};

ContentModel model_named(std::string_view name) {
  if (name == "RCDATA state") return ContentModel::kRcdata;
  if (name == "RAWTEXT state") return ContentModel::kRawtext;
  if (name == "Script data state") return ContentModel::kScriptData;
  if (name == "PLAINTEXT state") return ContentModel::kPlaintext;
  if (name == "CDATA section state") return ContentModel::kCdata;
  EXPECT_EQ(name, "Data state");
  return ContentModel::kData;
}

struct Case {
  std::string where, input;
  std::vector<std::string> tokens, errors;
};

std::vector<std::string> expected_tokens(const json::array& output, bool escaped) {
  const auto text = [escaped](const json::value& value) {
    const std::string raw(value.as_string());
    return escaped ? unescape(raw) : raw;
  };
  const auto show = [&](const json::value& value) {
    return value.is_null() ? std::string("null") : fmt::format("'{}'", text(value));
  };
  std::vector<std::string> tokens;
  for (const json::value& item : output) {
    const json::array& row = item.as_array();
    const std::string kind(row.at(0).as_string());
    if (kind == "DOCTYPE") {
      tokens.push_back(fmt::format("D|{}|{}|{}|{}", show(row.at(1)), show(row.at(2)), show(row.at(3)),
                                   row.at(4).as_bool()));
    } else if (kind == "StartTag") {
      std::map<std::string, std::string> sorted;
      for (const auto& [name, value] : row.at(2).as_object()) {
        sorted.emplace(escaped ? unescape(name) : std::string(name), text(value));
      }
      std::string token = fmt::format("S|{}", text(row.at(1)));
      for (const auto& [name, value] : sorted) token += fmt::format("|{}={}", name, value);
      tokens.push_back(token + (row.size() > 3 ? "|/" : ""));
    } else if (kind == "EndTag") {
      tokens.push_back(fmt::format("E|{}", text(row.at(1))));
    } else if (kind == "Comment") {
      tokens.push_back(fmt::format("C|{}", text(row.at(1))));
    } else {
      tokens.push_back(fmt::format("T|{}", text(row.at(1))));
    }
  }
  return tokens;
}

// The xmlViolation cases ask for an XML infoset: what a tree builder for XML would do to the tokens.
std::vector<std::string> coerced_to_infoset(std::vector<std::string> tokens) {
  for (std::string& token : tokens) {
    for (std::size_t at = 0; (at = token.find("\xEF\xBF\xBF", at)) != std::string::npos;)
      token.replace(at, 3, "\xEF\xBF\xBD");
    std::replace(token.begin(), token.end(), '\f', ' ');
    if (token.starts_with("C|")) {
      for (std::size_t at = 0; (at = token.find("--", at)) != std::string::npos;) token.replace(at, 2, "- -");
    }
  }
  return tokens;
}

TEST(Html5lib, EveryTokenizerCasePasses) {
  const fs::path folder = fs::path(testing::TempDir()) / fmt::format("html5lib-{}", getpid());
  const fs::path suite = unpack_suite(folder);
  if (suite.empty()) GTEST_SKIP() << "the html5lib suite is not here (VEDETTE_SHARED)";
  int cases = 0, runs = 0, wrong = 0, wrong_split = 0, wrong_codes = 0, wrong_places = 0;
  for (const auto& entry : fs::recursive_directory_iterator(suite)) {
    if (entry.path().extension() != ".test") continue;
    std::ifstream file(entry.path());
    std::stringstream content;
    content << file.rdbuf();
    const json::value document = json::parse(content.str());
    const bool infoset = document.as_object().contains("xmlViolationTests");
    for (const json::value& value : document.at(infoset ? "xmlViolationTests" : "tests").as_array()) {
      const json::object& test = value.as_object();
      ++cases;
      const bool escaped = test.contains("doubleEscaped") && test.at("doubleEscaped").as_bool();
      const std::string raw(test.at("input").as_string());
      const std::string input = escaped ? unescape(raw) : raw;
      const auto want = expected_tokens(test.at("output").as_array(), escaped);
      std::vector<std::string> want_errors;
      if (test.contains("errors")) {
        for (const json::value& error : test.at("errors").as_array()) {
          want_errors.push_back(fmt::format("{}@{}:{}", std::string_view(error.at("code").as_string()),
                                            error.at("line").as_int64(), error.at("col").as_int64()));
        }
      }
      json::array states{"Data state"};
      if (test.contains("initialStates")) states = test.at("initialStates").as_array();
      for (const json::value& state : states) {
        for (const bool split : {false, true}) {
          TokenizerOptions options;
          options.switch_content_model = false;
          options.report_errors = true;
          options.initial = model_named(std::string_view(state.as_string()));
          if (test.contains("lastStartTag"))
            options.last_start_tag = std::string(test.at("lastStartTag").as_string());
          Collector collector(input);
          Tokenizer tokenizer(collector, options);
          const std::size_t step = split ? 1 : std::max<std::size_t>(1, input.size());
          for (std::size_t at = 0; at < input.size(); at += step)
            tokenizer.feed(std::string(input.substr(at, step)));
          tokenizer.finish();
          const auto got = infoset ? coerced_to_infoset(collector.tokens) : collector.tokens;
          ++runs;
          if (got != want) {
            ++(split ? wrong_split : wrong);
            EXPECT_EQ(got, want) << entry.path().filename() << ": " << test.at("description") << " input "
                                 << test.at("input") << (split ? " (byte by byte)" : "");
          }
          if (split || infoset) continue;
          std::ranges::sort(collector.errors);
          std::ranges::sort(want_errors);
          if (collector.errors == want_errors) continue;
          ++wrong_places;
          auto codes = [](std::vector<std::string> errors) {
            for (std::string& error : errors) error.resize(error.find('@'));
            return errors;
          };
          if (codes(collector.errors) != codes(want_errors)) {
            ++wrong_codes;
            ADD_FAILURE() << entry.path().filename() << ": " << test.at("input") << " errors "
                          << testing::PrintToString(collector.errors) << " want "
                          << testing::PrintToString(want_errors);
          }
        }
      }
    }
  }
  fs::remove_all(folder);
  EXPECT_EQ(cases, kCases);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(wrong_split, 0);
  EXPECT_EQ(wrong_codes, 0);
  std::cout << fmt::format("{} cases, {} runs; error places that differ: {}\n", cases, runs, wrong_places);
}

}  // namespace
}  // namespace vedette::sites
