#include "logs/sigma/load.h"

#include <fmt/format.h>

#include <fstream>

#include "logs/sigma/link.h"
#include "logs/sigma/read_rule.h"
#include "logs/sigma/rule_files.h"

namespace vedette::logs::sigma {
namespace fs = std::filesystem;
namespace {

bool is_rule_file(const fs::path& path) {
  const auto extension = path.extension();
  const auto name = path.filename().string();
  return !name.starts_with('.') && !name.ends_with(".test.yml") &&
         (extension == ".yml" || extension == ".yaml");
}

// Regular rule files below `path`, sorted. Links to folders are not followed.
std::vector<fs::path> files_below(const fs::path& path, RuleSet& into) {
  std::vector<fs::path> out;
  std::error_code error;
  fs::recursive_directory_iterator walk(path, error), end;
  for (; !error && walk != end; walk.increment(error)) {
    if (out.size() == kRuleFilesMax) {
      into.refused.push_back(
          {path.string(), 0, fmt::format("more than {} files: the rest is left out", kRuleFilesMax)});
      break;
    }
    std::error_code unknown;
    if (walk->is_regular_file(unknown) && is_rule_file(walk->path())) out.push_back(walk->path());
  }
  if (error) into.refused.push_back({path.string(), 0, error.message()});
  std::ranges::sort(out);
  return out;
}

void read_document(const YamlNode& document, const std::string& file, const LoadOptions& options,
                   RuleSet& into) {
  auto refuse = [&](std::uint32_t line, std::string reason) {
    into.refused.push_back({file, line, std::move(reason)});
  };
  if (!document.mapping()) return refuse(document.line, "no mapping: not a rule");
  if (document.find("action") != nullptr)
    return refuse(document.line, "\"action\": rule collections are no longer Sigma; write each rule out");
  auto placeholders = options.placeholders;
  add_placeholders(options.pipelines, read_source(document), placeholders);
  auto take = [&](auto read, auto& to) {
    if (!read) return refuse(read.error().line, std::move(read.error().reason));
    to.push_back(*std::move(read));
  };
  if (document.find("correlation") != nullptr)
    return take(read_correlation(document, file), into.correlations);
  if (document.find("filter") != nullptr)
    return take(read_filter(document, file, placeholders), into.filters);
  if (document.find("detection") == nullptr && document.find("logsource") == nullptr) {
    ++into.others;
    return;
  }
  take(read_rule(document, file, placeholders), into.rules);
}

void read_file(std::string_view bytes, const std::string& file, const LoadOptions& options, RuleSet& into) {
  ++into.files;
  auto documents = read_yaml(bytes);
  if (!documents) {
    into.refused.push_back({file, documents.error().line, std::move(documents.error().reason)});
    return;
  }
  for (const auto& document : *documents) read_document(document, file, options, into);
}

}  // namespace

std::expected<std::string, std::string> read_rule_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("cannot be opened");
  // One byte more than is taken, so that what is too large is refused and not cut.
  std::string bytes;
  for (char part[16 * 1024]; bytes.size() <= kYamlBytesMax && in;) {
    in.read(part, sizeof part);
    bytes.append(part, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return std::unexpected("cannot be read");
  bytes.resize(std::min(bytes.size(), kYamlBytesMax + 1));
  return bytes;
}

std::vector<fs::path> rule_files(std::span<const fs::path> paths, RuleSet& into) {
  std::vector<fs::path> out;
  for (const auto& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    auto below = files_below(path, into);
    out.insert(out.end(), std::make_move_iterator(below.begin()), std::make_move_iterator(below.end()));
  }
  return out;
}

void read_rules(std::string_view bytes, const std::string& file, const LoadOptions& options, RuleSet& into) {
  read_file(bytes, file, options, into);
  link_rules(into, options);
}

RuleSet load_rules(std::span<const fs::path> paths, const LoadOptions& options,
                   std::span<const RuleText> texts) {
  RuleSet out;
  for (const auto& file : rule_files(paths, out)) {
    auto bytes = read_rule_file(file);
    if (bytes)
      read_file(*bytes, file.string(), options, out);
    else
      out.refused.push_back({file.string(), 0, std::move(bytes).error()});
  }
  for (const auto& text : texts) read_file(text.bytes, text.file, options, out);
  link_rules(out, options);
  return out;
}

std::expected<Placeholders, Refusal> load_placeholders(const fs::path& file) {
  auto bytes = read_rule_file(file);
  if (!bytes) return std::unexpected(Refusal{file.string(), 0, std::move(bytes).error()});
  auto documents = read_yaml(*bytes);
  if (!documents)
    return std::unexpected(Refusal{file.string(), documents.error().line, documents.error().reason});
  Placeholders out;
  for (const auto& document : *documents) {
    if (!document.mapping())
      return std::unexpected(Refusal{file.string(), document.line, "no mapping of names to values"});
    for (const auto& key : document.keys) out[key.text] = document.words(key.text);
  }
  return out;
}

}  // namespace vedette::logs::sigma
