#include "logs/sigma/rule_tests.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

#include "logs/read/patterns.h"
#include "logs/read/registry.h"
#include "logs/sigma/correlate.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr std::string_view kTestEnd = ".test.yml";

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(kYamlBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return bytes;
}

json::value to_json(const YamlNode& node) {
  if (node.mapping()) {
    json::object out;
    for (std::size_t i = 0; i < node.keys.size(); ++i) out[node.keys[i].text] = to_json(node.items[i]);
    return out;
  }
  if (node.sequence()) {
    json::array out;
    for (const auto& item : node.items) out.push_back(to_json(item));
    return out;
  }
  if (node.null()) return nullptr;
  if (auto boolean = node.boolean()) return *boolean;
  // As it is written: a number of a log keeps its digits.
  if (node.plain && node.number() &&
      *node.number() == static_cast<double>(static_cast<std::int64_t>(*node.number())) &&
      node.text == std::to_string(static_cast<std::int64_t>(*node.number())))
    return static_cast<std::int64_t>(*node.number());
  return json::string(node.text);
}

class Finder {
 public:
  Finder(const RuleSet& set, RuleTests& out) : out_(out) {
    auto add = [&](const Rule& rule) {
      if (!rule.only_correlated) of_file_[rule.file].push_back(rule.id);
    };
    for (const auto& rule : set.rules) add(rule);
    for (const auto& correlation : set.correlations) add(correlation.about);
  }

  void walk(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> files;
    fs::recursive_directory_iterator at(folder, error), end;
    for (; !error && at != end && files.size() < kRuleFilesMax; at.increment(error)) {
      const auto name = at->path().filename().string();
      if (name.ends_with(kTestEnd) || name == "info.yml") files.push_back(at->path());
    }
    if (error) out_.refused.push_back({folder.string(), 0, error.message()});
    std::ranges::sort(files);
    for (const auto& file : files) read(file, folder);
  }

  // Rules of files that have tests, or stand beside such files, without a positive and a negative one.
  void look_for_gaps() {
    for (const auto& [file, ids] : of_file_) {
      if (!tested_folders_.contains(fs::path(file).parent_path().string())) continue;
      const auto& seen = seen_[file];
      if (!seen.first || !seen.second) out_.untested.insert(out_.untested.end(), ids.begin(), ids.end());
    }
    std::ranges::sort(out_.untested);
  }

 private:
  void refuse(const fs::path& file, std::uint32_t line, std::string reason) {
    out_.refused.push_back({file.string(), line, std::move(reason)});
  }

  void read(const fs::path& file, const fs::path& folder) {
    auto documents = read_yaml(bytes_of(file));
    if (!documents) return refuse(file, documents.error().line, documents.error().reason);
    for (const auto& document : *documents)
      file.filename() == "info.yml" ? regression(document, file, folder) : ours(document, file);
  }

  void ours(const YamlNode& document, const fs::path& file) {
    auto rule_file = file.string();
    rule_file.resize(rule_file.size() - kTestEnd.size());
    rule_file += ".yml";
    tested_folders_.insert(file.parent_path().string());
    auto ids = of_file_.find(rule_file);
    if (ids == of_file_.end())
      return refuse(file, document.line, fmt::format("no rule was loaded from {}", rule_file));
    if (!document.sequence()) return refuse(file, document.line, "a list of tests");
    for (const auto& item : document.items) {
      RuleTest test{.file = file.string(),
                    .line = item.line,
                    .why = item.word("why"),
                    .rule_ids = ids->second,
                    .log = {},
                    .data = {}};
      if (auto format = item.word("format"); !format.empty()) test.format = format;
      test.log = item.word("log");
      if (const auto* events = item.find("events"); events != nullptr) {
        test.format = "json";
        for (const auto& event : events->items) test.log += json::serialize(to_json(event)) + "\n";
      }
      const auto* matches = item.find("matches");
      const auto number = matches == nullptr ? std::nullopt : matches->number();
      if (test.log.empty() || !number || *number < 0)
        return refuse(file, item.line, "a test has `log` or `events`, and `matches`");
      test.matches = static_cast<std::uint64_t>(*number);
      auto& seen = seen_[rule_file];
      (test.matches > 0 ? seen.first : seen.second) = true;
      out_.tests.push_back(std::move(test));
    }
  }

  void regression(const YamlNode& document, const fs::path& file, const fs::path& folder) {
    const auto* rules = document.find("rule_metadata");
    const auto* infos = document.find("regression_tests_info");
    if (rules == nullptr || infos == nullptr || !rules->sequence() || !infos->sequence())
      return;  // another info.yml
    for (const auto& info : infos->items) {
      RuleTest test{.file = file.string(),
                    .line = info.line,
                    .why = info.word("name"),
                    .rule_ids = {},
                    .log = {},
                    .data = {},
                    .at_least = true};
      for (const auto& rule : rules->items) test.rule_ids.push_back(rule.word("id"));
      // The path is written from the checkout's root; the events lie beside info.yml.
      const auto name = fs::path(info.word("path")).filename();
      std::error_code unknown;
      test.data = file.parent_path() / name;
      if (!fs::exists(test.data, unknown)) test.data = folder / info.word("path");
      if (const auto* count = info.find("match_count"); count != nullptr)
        test.matches = static_cast<std::uint64_t>(std::max(count->number().value_or(1), 1.0));
      out_.tests.push_back(std::move(test));
    }
  }

  RuleTests& out_;
  std::map<std::string, std::vector<std::string>> of_file_;
  std::unordered_map<std::string, std::pair<bool, bool>> seen_;  // a positive, a negative test
  std::unordered_set<std::string> tested_folders_;
};

class Runner {
 public:
  Runner(const RuleSet& set, const std::vector<Pipeline>& pipelines, const PatternSet& patterns)
      : set_(set), pipelines_(pipelines), patterns_(patterns) {
    for (std::size_t i = 0; i < set.rules.size(); ++i) rule_of_[set.rules[i].id] = i;
  }

  RuleTestResult run(const RuleTest& test) {
    RuleTestResult out{&test, false, {}};
    std::unordered_set<std::size_t> asked;
    for (const auto& id : test.rule_ids) {
      if (auto rule = rule_of_.find(id); rule != rule_of_.end()) asked.insert(rule->second);
      for (const auto& correlation : set_.correlations) {
        if (correlation.about.id == id) add_referenced(correlation, asked);
      }
    }
    if (asked.empty()) {
      out.trouble = "its rule is not loaded";
      return out;
    }
    auto input = test.data.empty() ? Result<Input>(Input::of(test.log)) : Input::open(test.data.string());
    if (!input) {
      out.trouble = input.error().full();
      return out;
    }
    const SystemClock clock;
    auto reader = open_reader(*std::move(input), test.format, ReaderContext{clock, {}, patterns_});
    if (!reader) {
      out.trouble = reader.error().full();
      return out;
    }
    Correlator correlator(set_, pipelines_, {});
    std::uint64_t matches = 0, events = 0;
    const std::unordered_set<std::string_view> counted(test.rule_ids.begin(), test.rule_ids.end());
    while (true) {
      auto event = (*reader)->next();
      if (!event) {
        out.trouble = event.error().full();
        return out;
      }
      if (!*event) break;
      ++events;
      for (auto index : asked) {
        if (!holds(set_.rules[index], **event)) continue;
        matches += counted.contains(set_.rules[index].id);
        correlator.add(index, **event, (*event)->time.value_or(WallTime()));
      }
    }
    correlator.finish();
    for (const auto& match : correlator.take()) matches += counted.contains(match.correlation->about.id);
    out.passed = test.at_least ? matches >= test.matches : matches == test.matches;
    if (!out.passed)
      out.trouble = fmt::format("{} matches in {} events, expected {}{}", matches, events,
                                test.at_least ? "at least " : "", test.matches);
    return out;
  }

 private:
  void add_referenced(const Correlation& correlation, std::unordered_set<std::size_t>& asked) {
    for (const auto& reference : correlation.references) {
      if (reference.correlation)
        add_referenced(set_.correlations[reference.index], asked);
      else
        asked.insert(reference.index);
    }
  }

  const RuleSet& set_;
  const std::vector<Pipeline>& pipelines_;
  const PatternSet& patterns_;
  std::unordered_map<std::string, std::size_t> rule_of_;
};

}  // namespace

RuleTests find_rule_tests(std::span<const fs::path> folders, const RuleSet& set) {
  RuleTests out;
  Finder finder(set, out);
  for (const auto& folder : folders) finder.walk(folder);
  finder.look_for_gaps();
  return out;
}

Result<std::vector<RuleTestResult>> run_rule_tests(const RuleTests& tests, const RuleSet& set,
                                                   const std::vector<Pipeline>& pipelines) {
  TRY_ASSIGN(auto patterns, PatternSet::built_in());
  Runner runner(set, pipelines, patterns);
  std::vector<RuleTestResult> out;
  for (const auto& test : tests.tests) out.push_back(runner.run(test));
  return out;
}

}  // namespace vedette::logs::sigma
