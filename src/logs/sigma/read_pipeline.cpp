#include <fmt/format.h>

#include <array>
#include <fstream>

#include "base/assert.h"
#include "logs/case_fold.h"
#include "logs/sigma/pipeline.h"
#include "model/content.h"

namespace vedette::logs::sigma {
namespace {

using Kind = Transformation::Kind;

struct NamedKind {
  std::string_view name;
  Kind kind;
};
constexpr std::array kKinds = {
    NamedKind{"field_name_mapping", Kind::kFieldNames},
    NamedKind{"field_name_prefix_mapping", Kind::kFieldPrefixes},
    NamedKind{"add_field_prefix", Kind::kAddPrefix},
    NamedKind{"add_condition", Kind::kAddCondition},
    NamedKind{"change_logsource", Kind::kChangeSource},
    NamedKind{"value_placeholders", Kind::kPlaceholders},
    NamedKind{"rule_failure", Kind::kFailure},
    NamedKind{"alternatives", Kind::kAlternatives},
};

constexpr std::array<std::string_view, 4> kDefaults = {"windows", "linux", "web", "cloud"};

class Reader {
 public:
  std::vector<Transformation> list(const YamlNode* node, std::uint32_t line, std::size_t depth) {
    std::vector<Transformation> out;
    if (node == nullptr || !node->sequence()) {
      refuse(line, "a pipeline needs a list of transformations");
      return out;
    }
    for (const auto& item : node->items) {
      if (++count_ > kTransformationsMax || depth > 4)
        refuse(item.line, fmt::format("more than {} transformations", kTransformationsMax));
      if (error_) break;
      out.push_back(one(item, depth));
    }
    return out;
  }
  std::optional<YamlError>& error() { return error_; }

 private:
  void refuse(std::uint32_t line, std::string reason) {
    if (!error_) error_ = YamlError{line, std::move(reason)};
  }

  Transformation one(const YamlNode& node, std::size_t depth) {
    Transformation out;
    const auto type = node.word("type");
    const auto* row = std::ranges::find(kKinds, type, &NamedKind::name);
    if (row == kKinds.end()) {
      refuse(node.line, fmt::format("the transformation \"{}\" is not known", type));
      return out;
    }
    out.kind = row->kind;
    out.id = node.word("id");
    out.exclude = node.words("exclude_fields");
    out.any_of_when = node.word("rule_cond_op") == "or";
    conditions(node, out);
    switch (out.kind) {
      case Kind::kFieldNames:
      case Kind::kFieldPrefixes:
        names(node, "mapping", out);
        break;
      case Kind::kPlaceholders:
        names(node, "values", out);
        break;
      case Kind::kAddPrefix:
        out.text = node.word("prefix");
        break;
      case Kind::kFailure:
        out.text = node.word("message");
        break;
      case Kind::kAddCondition:
        condition(node, out);
        break;
      case Kind::kChangeSource:
        out.source = {fold_case(node.word("product")), fold_case(node.word("category")),
                      fold_case(node.word("service"))};
        break;
      case Kind::kAlternatives: {
        const auto* forms = node.find("of");
        if (forms == nullptr || !forms->sequence() || forms->items.empty())
          refuse(node.line, "\"alternatives\" wants a list of lists in \"of\"");
        for (std::size_t i = 0; forms != nullptr && i < forms->items.size() && !error_; ++i)
          out.forms.push_back(list(&forms->items[i], forms->line, depth + 1));
        break;
      }
    }
    return out;
  }

  void names(const YamlNode& node, std::string_view key, Transformation& out) {
    const auto* mapping = node.find(key);
    if (mapping == nullptr || !mapping->mapping() || mapping->keys.empty())
      return refuse(node.line, fmt::format("\"{}\" is missing", key));
    for (const auto& name : mapping->keys) {
      auto values = mapping->words(name.text);
      if (values.empty()) refuse(name.line, fmt::format("nothing for \"{}\"", name.text));
      out.names.emplace(name.text, std::move(values));
    }
  }

  void condition(const YamlNode& node, Transformation& out) {
    const auto* fields = node.find("conditions");
    if (fields == nullptr) return refuse(node.line, "\"conditions\" is missing");
    DetectionReader reader(out.condition, kNoPlaceholders);
    out.condition.condition = reader.read(*fields);
    if (reader.error()) error_ = reader.error();
  }

  void conditions(const YamlNode& node, Transformation& out) {
    const auto* list = node.find("rule_conditions");
    for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
      const auto& item = list->items[i];
      const auto type = item.word("type");
      SourceCondition when;
      if (type == "is_routed")
        when.routed = true;
      else if (type != "logsource")
        refuse(item.line, fmt::format("the condition \"{}\" is not known", type));
      auto lower = [&](std::string_view key) {
        auto words = item.words(key);
        for (auto& word : words) word = fold_case(word);
        return words;
      };
      when.products = lower("product");
      when.categories = lower("category");
      when.services = lower("service");
      out.when.push_back(std::move(when));
    }
  }

  static inline const Placeholders kNoPlaceholders;
  std::size_t count_ = 0;
  std::optional<YamlError> error_;
};

std::string path_of(std::string_view name) { return fmt::format("pipelines/{}.yml", name); }

}  // namespace

std::expected<Pipeline, YamlError> read_pipeline(std::string_view bytes) {
  auto documents = read_yaml(bytes);
  if (!documents) return std::unexpected(std::move(documents).error());
  if (documents->size() != 1 || !documents->front().mapping())
    return std::unexpected(YamlError{1, "a pipeline is one document"});
  const auto& document = documents->front();
  Pipeline out;
  out.name = document.word("name");
  if (const auto* priority = document.find("priority"); priority != nullptr)
    out.priority = static_cast<int>(std::clamp(priority->number().value_or(0), -1e6, 1e6));
  Reader reader;
  out.transformations = reader.list(document.find("transformations"), document.line, 0);
  if (reader.error()) return std::unexpected(*reader.error());
  return out;
}

std::vector<std::string> pipeline_names() {
  std::vector<std::string> out;
  for (const auto& file : content::content_files()) {
    constexpr std::string_view kFront = "pipelines/", kBack = ".yml";
    if (file.path.starts_with(kFront) && file.path.ends_with(kBack))
      out.emplace_back(file.path.substr(kFront.size(), file.path.size() - kFront.size() - kBack.size()));
  }
  return out;
}

std::expected<Pipeline, std::string> find_pipeline(const std::string& name) {
  auto read = [&](std::string_view bytes) -> std::expected<Pipeline, std::string> {
    auto pipeline = read_pipeline(bytes);
    if (pipeline) return *std::move(pipeline);
    return std::unexpected(fmt::format("{}:{}: {}", name, pipeline.error().line, pipeline.error().reason));
  };
  const auto names = pipeline_names();
  if (std::ranges::find(names, name) != names.end()) return read(content::content_file(path_of(name)));
  std::ifstream in(name, std::ios::binary);
  if (!in)
    return std::unexpected(
        fmt::format("there is no pipeline or file \"{}\"; there are {}", name, fmt::join(names, ", ")));
  std::string bytes(kYamlBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return read(bytes);
}

std::vector<Pipeline> default_pipelines() {
  std::vector<Pipeline> out;
  for (auto name : kDefaults) {
    auto pipeline = find_pipeline(std::string(name));
    VEDETTE_ASSERT(pipeline.has_value());
    out.push_back(*std::move(pipeline));
  }
  std::ranges::stable_sort(out, {}, &Pipeline::priority);
  return out;
}

}  // namespace vedette::logs::sigma
