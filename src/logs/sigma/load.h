// Loading rules from files and folders. What cannot be loaded is in `refused` with file, line and reason; it
// never keeps the rest from loading.
//
// A file may hold several documents: rules (`detection`), correlations (`correlation`) and filters
// (`filter`). A folder is walked whole, in the order of the names; files whose names begin with a dot, and
// others than .yml and .yaml, are passed over, and so are tests (x.test.yml). Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logs/sigma/correlation.h"
#include "logs/sigma/detection.h"
#include "logs/sigma/pipeline.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

struct Refusal {
  std::string file;
  std::uint32_t line = 0;
  std::string reason;
};

struct RuleSet {
  std::vector<Rule> rules;  // ids are unique: a second rule of the same id is refused
  std::vector<Correlation> correlations;
  std::vector<Filter> filters;  // already in the rules
  std::vector<Refusal> refused;
  std::size_t files = 0;
  std::size_t others = 0;  // YAML documents that are nothing of Sigma's
};

struct LoadOptions {
  Placeholders placeholders{};
  // In their order. None: the rules as they are written, which hold for every event.
  std::vector<Pipeline> pipelines{};
};

inline constexpr std::size_t kRuleFilesMax = 200'000;

// Rules that are no file (those that come with the program), as the text of one file each.
struct RuleText {
  std::string file;  // for the person
  std::string_view bytes;
};
// `texts` are read after the files.
RuleSet load_rules(std::span<const std::filesystem::path> paths, const LoadOptions& options = {},
                   std::span<const RuleText> texts = {});
// One file that stands by itself, into an empty set. `file` is for the person.
void read_rules(std::string_view bytes, const std::string& file, const LoadOptions& options, RuleSet& into);

// `name: value` or `name: [values]` of a YAML file.
std::expected<Placeholders, Refusal> load_placeholders(const std::filesystem::path& file);

}  // namespace vedette::logs::sigma
