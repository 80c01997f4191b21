// Reading content/logs/*.toml: keys, the pieces that stand for common groups, the automata.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>

#include "logs/read/patterns_impl.h"
#include "model/content.h"

namespace vedette::logs {
namespace {

constexpr std::int64_t kRegexMemory = 8 << 20, kSetMemory = 64 << 20;

// Common pieces of patterns, without counted repetition: that would make the automata a hundred times larger.
// {ip} where the program writes an address, {address} where it may write a name.
struct Piece {
  std::string_view name, regex;
};
#define VEDETTE_IP R"((?i:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+(?:%\w+)?\]?)"
#define VEDETTE_HOST R"([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"
constexpr std::array<Piece, 8> kPieces = {{
    {"{address}", "(?P<source__address>" VEDETTE_IP "|" VEDETTE_HOST ")"},
    {"{ip}", "(?P<source__address>" VEDETTE_IP ")"},
    {"{server}", "(?P<destination__address>" VEDETTE_IP "|" VEDETTE_HOST ")"},
    {"{port}", R"((?P<source__port>\d{1,5}))"},
    {"{server_port}", R"((?P<destination__port>\d{1,5}))"},
    {"{user}", R"((?P<user__name>.*?))"},
    {"{user_greedy}", R"((?P<user__name>.*))"},
    {"{session}", R"((?P<session>\w{1,64}))"},
}};
#undef VEDETTE_IP
#undef VEDETTE_HOST

std::string with_pieces(std::string text) {
  for (const Piece& piece : kPieces) {
    for (std::size_t at = text.find(piece.name); at != std::string::npos; at = text.find(piece.name, at)) {
      text.replace(at, piece.name.size(), piece.regex);
      at += piece.regex.size();
    }
  }
  return text;
}

RE2::Options options(std::int64_t memory) {
  RE2::Options options(RE2::Latin1);  // bytes: a log need not be UTF-8
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

std::string text_of(const toml::table& table, std::string_view key, std::string_view otherwise = "") {
  return std::string(table[key].value_or(otherwise));
}

Result<void> read_groups(Pattern& pattern) {
  const auto& names = pattern.regex->CapturingGroupNames();
  const int count = pattern.regex->NumberOfCapturingGroups();
  if (static_cast<std::size_t>(count) > kPatternGroupsMax)
    return fail(ErrorCode::kInvalid, "has more than 24 groups");
  pattern.groups.resize(static_cast<std::size_t>(count));
  for (const auto& [number, name] : names) {
    if (name == "session" || name == "time") {
      (name == "time" ? pattern.time : pattern.session) = number;
      continue;
    }
    Pattern::Group& group = pattern.groups[static_cast<std::size_t>(number) - 1];
    group.field = name;
    for (std::size_t at = group.field.find("__"); at != std::string::npos; at = group.field.find("__")) {
      group.field.replace(at, 2, ".");
    }
    // "…_2": the same field in another alternative of the pattern; RE2 wants names that differ.
    if (group.field.size() > 2 && group.field[group.field.size() - 2] == '_' && group.field.back() >= '2' &&
        group.field.back() <= '9') {
      group.field.resize(group.field.size() - 2);
    }
    constexpr std::string_view kAddress = ".address";
    group.address = group.field.ends_with(kAddress);
    if (group.address) group.field.resize(group.field.size() - kAddress.size());
    group.number = group.field.ends_with(".port") || group.field.ends_with(".pid") ||
                   group.field.ends_with(".status_code");
  }
  return {};
}

Result<void> compile(PatternGroup& group) {
  if (group.patterns.empty()) return {};
  group.set = std::make_unique<RE2::Set>(options(kSetMemory), RE2::UNANCHORED);
  for (const Pattern* pattern : group.patterns) {
    std::string error;
    if (group.set->Add(pattern->regex->pattern(), &error) < 0) return fail(ErrorCode::kInvalid, error);
  }
  if (!group.set->Compile()) return fail(ErrorCode::kInvalid, "too many patterns for one program");
  return {};
}

void read_examples(const toml::table& table, const std::string& file, const std::string& pattern,
                   const std::string& program, PatternSet::Impl& set) {
  const toml::array* examples = table[pattern.empty() ? "no" : "yes"].as_array();
  if (examples == nullptr) return;
  for (const toml::node& node : *examples) {
    PatternSet::Example example{file, pattern, program, {}, {}};
    if (const auto line = node.value<std::string>()) {
      example.line = *line;
    } else if (const toml::table* row = node.as_table()) {
      for (const auto& [key, value] : *row) {
        const std::string text = value.is_string() ? value.value_or(std::string())
                                                   : std::to_string(value.value_or(std::int64_t{0}));
        if (key == "line") {
          example.line = text;
        } else if (key == "program") {
          example.program = text;
        } else {
          example.fields.emplace_back(std::string(key.str()), text);
        }
      }
    }
    set.examples.push_back(std::move(example));
  }
}

Result<void> read_pattern(const toml::table& row, const toml::table& file, Pattern& pattern) {
  pattern.service = text_of(file, "service");
  pattern.name = text_of(row, "name");
  const auto own_or_file = [&](std::string_view key) { return text_of(row, key, text_of(file, key)); };
  pattern.category = own_or_file("category");
  pattern.type = own_or_file("type");
  pattern.outcome = own_or_file("outcome");
  pattern.action = text_of(row, "action", pattern.name);
  pattern.reason = text_of(row, "reason");
  pattern.remember = row["remember"].value_or(false);
  pattern.suspect = row["suspect"].value_or(false);
  pattern.recall = row["recall"].value_or(false);
  pattern.forget = row["forget"].value_or(false);
  const std::string when = text_of(row, "when");
  if (when == "known") pattern.when = Pattern::When::kKnown;
  if (when == "suspect") pattern.when = Pattern::When::kSuspect;
  pattern.regex = std::make_unique<RE2>(with_pieces(text_of(row, "match")), options(kRegexMemory));
  if (!pattern.regex->ok()) return fail(ErrorCode::kInvalid, pattern.regex->error());
  if (pattern.name.empty() || pattern.regex->pattern().empty() || pattern.service.empty()) {
    return fail(ErrorCode::kInvalid, "needs `service`, `name` and `match`");
  }
  return read_groups(pattern);
}

Result<void> read_file(const std::string& name, std::string_view text, PatternSet::Impl& set) {
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalid,
                fmt::format("line {}: {}", error.source().begin.line, std::string_view(error.description())));
  }
  std::vector<std::string> programs;
  if (const toml::array* list = file["programs"].as_array()) {
    for (const toml::node& program : *list) programs.push_back(program.value_or(std::string()));
  }
  const bool plain = file["plain"].value_or(false);
  const std::string first = programs.empty() || plain ? "" : programs.front();
  if (const toml::array* rows = file["pattern"].as_array()) {
    for (const toml::node& node : *rows) {
      const toml::table* row = node.as_table();
      if (row == nullptr || set.patterns.size() >= PatternSet::kPatternsMax) {
        return fail(ErrorCode::kInvalid, "`pattern` must be tables, at most 4000 in all");
      }
      auto pattern = std::make_unique<Pattern>();
      if (auto done = read_pattern(*row, file, *pattern); !done) {
        return fail(std::move(done).error(), fmt::format("pattern \"{}\"", pattern->name));
      }
      for (const std::string& program : programs) {
        if (program == "*") {
          set.every.patterns.push_back(pattern.get());
          continue;
        }
        auto& group = set.by_program[program];
        if (!group) group = std::make_shared<PatternGroup>();
        group->patterns.push_back(pattern.get());
      }
      if (plain) set.plain.patterns.push_back(pattern.get());
      read_examples(*row, name, pattern->name, first == "*" ? "sshd" : first, set);
      set.patterns.push_back(std::move(pattern));
    }
  }
  read_examples(file, name, "", first == "*" ? "sshd" : first, set);
  return {};
}

}  // namespace

Result<PatternSet> PatternSet::parse(std::span<const std::pair<std::string_view, std::string_view>> sources) {
  auto impl = std::make_unique<Impl>();
  for (const auto& [name, text] : sources) {
    if (auto done = read_file(std::string(name), text, *impl); !done) {
      return fail(std::move(done).error(), std::string(name));
    }
  }
  TRY(compile(impl->plain));
  TRY(compile(impl->every));
  std::map<std::vector<const Pattern*>, std::shared_ptr<PatternGroup>> compiled;
  for (auto& [program, group] : impl->by_program) {
    auto& same = compiled[group->patterns];
    if (!same) {
      TRY(compile(*group));
      same = group;
    }
    group = same;
  }
  return PatternSet(std::move(impl));
}

Result<PatternSet> PatternSet::built_in() {
  std::vector<std::pair<std::string_view, std::string_view>> sources;
  for (const EmbeddedFile& file : content::content_files()) {
    if (file.path.starts_with("logs/") && file.path.ends_with(".toml"))
      sources.emplace_back(file.path, file.bytes);
  }
  return parse(sources);
}

}  // namespace vedette::logs
