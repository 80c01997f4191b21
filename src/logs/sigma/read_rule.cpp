#include "logs/sigma/read_rule.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "logs/case_fold.h"
#include "logs/sigma/condition.h"

namespace vedette::logs::sigma {
namespace {

// "attack.t1059.001" → "T1059.001".
void add_techniques(Rule& rule) {
  constexpr std::string_view kFront = "attack.t";
  for (const auto& tag : rule.tags) {
    const auto folded = fold_case(tag);
    if (!folded.starts_with(kFront)) continue;
    auto number = folded.substr(kFront.size());
    if (!number.empty() && number.find_first_not_of("0123456789.") == number.npos)
      rule.attack.push_back("T" + number);
  }
}

// In the shape of a UUID, the same for the same content.
std::string id_of(const YamlNode& document) {
  std::string content;
  auto add = [&](auto&& self, const YamlNode& node) -> void {
    content += fmt::format("{}:{}:{}\n", static_cast<int>(node.kind), node.items.size(), node.text);
    for (const auto& key : node.keys) self(self, key);
    for (const auto& item : node.items) self(self, item);
  };
  add(add, document);
  const auto hash = sha256_hex(content);
  return fmt::format("{}-{}-8{}-8{}-{}", hash.substr(0, 8), hash.substr(8, 4), hash.substr(13, 3),
                     hash.substr(17, 3), hash.substr(20, 12));
}

}  // namespace

RuleSource read_source(const YamlNode& document) {
  const auto* source = document.find("logsource");
  if (source == nullptr || !source->mapping()) return {};
  return {.product = fold_case(source->word("product")),
          .category = fold_case(source->word("category")),
          .service = fold_case(source->word("service"))};
}

void read_metadata(const YamlNode& document, const std::string& file, Rule& rule) {
  rule.file = file;
  rule.line = document.line;
  rule.id = fold_case(document.word("id"));
  if (rule.id.empty()) rule.id = id_of(document);
  rule.name = document.word("name");
  rule.title = document.word("title");
  rule.description = document.word("description");
  rule.status = document.word("status");
  rule.author = document.word("author");
  if (const auto* ours = document.find("vedette"); ours != nullptr) {
    if (const auto* vi = ours->find("vi"); vi != nullptr) {
      rule.title_vi = vi->word("title");
      rule.description_vi = vi->word("description");
      rule.next_vi = vi->word("next");
    }
    if (const auto* en = ours->find("en"); en != nullptr) rule.next_en = en->word("next");
  }
  rule.severity = severity_from(fold_case(document.word("level"))).value_or(Severity::kMedium);
  rule.tags = document.words("tags");
  add_techniques(rule);
  rule.false_positives = document.words("falsepositives");
  rule.references = document.words("references");
  rule.source = read_source(document);
}

std::expected<Expression, YamlError> read_detections(const YamlNode& section, Rule& rule,
                                                     const Placeholders& placeholders) {
  DetectionReader reader(rule, placeholders);
  Detections detections;
  for (std::size_t i = 0; i < section.keys.size(); ++i) {
    const auto& name = section.keys[i].text;
    if (name == "condition" || name == "timeframe" || name == "rules") continue;
    detections.emplace(name, reader.read(section.items[i]));
    if (reader.error()) return std::unexpected(*reader.error());
  }
  const auto* condition = section.find("condition");
  if (condition == nullptr) return std::unexpected(YamlError{section.line, "no condition"});
  if (detections.empty()) return std::unexpected(YamlError{section.line, "no detection"});
  Expression any{.kind = Expression::Kind::kOr};
  auto add = [&](const YamlNode& node) -> std::optional<YamlError> {
    if (!node.scalar()) return YamlError{node.line, "a condition is a text"};
    auto parsed = parse_condition(node.text, detections);
    if (!parsed) return YamlError{node.line, std::move(parsed).error()};
    any.of.push_back(*std::move(parsed));
    return std::nullopt;
  };
  if (condition->sequence()) {
    for (const auto& each : condition->items) {
      if (auto error = add(each)) return std::unexpected(*std::move(error));
    }
  } else if (auto error = add(*condition)) {
    return std::unexpected(*std::move(error));
  }
  if (any.of.empty()) return std::unexpected(YamlError{condition->line, "an empty list of conditions"});
  return any.of.size() == 1 ? std::move(any.of.front()) : std::move(any);
}

std::expected<Rule, YamlError> read_rule(const YamlNode& document, const std::string& file,
                                         const Placeholders& placeholders) {
  Rule rule;
  read_metadata(document, file, rule);
  if (rule.title.empty()) return std::unexpected(YamlError{document.line, "a rule without a title"});
  const auto* source = document.find("logsource");
  if (source == nullptr || !source->mapping())
    return std::unexpected(YamlError{document.line, "a rule without a logsource"});
  const auto* level = document.find("level");
  if (level != nullptr && !severity_from(fold_case(document.word("level"))))
    return std::unexpected(YamlError{level->line, fmt::format("the level \"{}\" is not known", level->text)});
  const auto* detection = document.find("detection");
  if (detection == nullptr || !detection->mapping())
    return std::unexpected(YamlError{document.line, "a rule without a detection"});
  auto condition = read_detections(*detection, rule, placeholders);
  if (!condition) return std::unexpected(std::move(condition).error());
  rule.condition = *std::move(condition);
  return rule;
}

}  // namespace vedette::logs::sigma
