#include "logs/sigma/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <charconv>
#include <unordered_set>

namespace vedette::logs::sigma {
namespace {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }
  std::uint32_t line() const { return static_cast<std::uint32_t>(event_.start_mark.line + 1); }

 private:
  yaml_event_t event_{};
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                 bytes.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  std::expected<std::vector<YamlNode>, YamlError> documents() {
    std::vector<YamlNode> out;
    while (!error_) {
      Event event;
      if (!next(event)) break;
      if (event->type == YAML_STREAM_END_EVENT) return out;
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;  // the stream's start, a document's end
      if (out.size() == kYamlDocumentsMax) {
        refuse(event.line(), fmt::format("more than {} documents in one file", kYamlDocumentsMax));
        break;
      }
      Event first;
      if (!next(first)) break;
      out.push_back(node(first, 0));
    }
    return std::unexpected(std::move(*error_));
  }

 private:
  void refuse(std::uint32_t line, std::string reason) {
    if (!error_) error_ = YamlError{line, std::move(reason)};
  }

  bool next(Event& event) {
    if (error_) return false;
    if (yaml_parser_parse(&parser_, event.get()) != 0) return true;
    auto mark = parser_.problem_mark.line != 0 ? parser_.problem_mark : parser_.mark;
    refuse(static_cast<std::uint32_t>(mark.line + 1),
           fmt::format("no YAML: {}", parser_.problem != nullptr ? parser_.problem : "unreadable"));
    return false;
  }

  // What began with `event`. After a refusal an unfinished node, which nobody sees.
  YamlNode node(const Event& event, std::size_t depth) {
    YamlNode out;
    out.line = event.line();
    if (++nodes_ > kYamlNodesMax)
      refuse(out.line, fmt::format("more than {} values in one file", kYamlNodesMax));
    if (depth > kYamlDepthMax) refuse(out.line, fmt::format("nested deeper than {}", kYamlDepthMax));
    if (error_) return out;
    switch (event->type) {
      case YAML_SCALAR_EVENT: {
        const auto& scalar = event->data.scalar;
        out.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
        out.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
        break;
      }
      case YAML_SEQUENCE_START_EVENT:
        sequence(out, depth);
        break;
      case YAML_MAPPING_START_EVENT:
        mapping(out, depth);
        break;
      case YAML_ALIAS_EVENT:
        refuse(out.line, "an alias (*name): write the value out");
        break;
      default:
        refuse(out.line, "no value where one should be");
        break;
    }
    return out;
  }

  void sequence(YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::kSequence;
    while (!error_) {
      Event event;
      if (!next(event) || event->type == YAML_SEQUENCE_END_EVENT) return;
      out.items.push_back(node(event, depth + 1));
    }
  }

  void mapping(YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::kMapping;
    std::unordered_set<std::string> seen;
    while (!error_) {
      Event event;
      if (!next(event) || event->type == YAML_MAPPING_END_EVENT) return;
      auto key = node(event, depth + 1);
      if (!key.scalar()) refuse(key.line, "a list or mapping as a key");
      if (!seen.insert(key.text).second)
        refuse(key.line, fmt::format("the key \"{}\" stands twice", key.text));
      Event behind;
      if (!next(behind)) return;
      out.keys.push_back(std::move(key));
      out.items.push_back(node(behind, depth + 1));
    }
  }

  yaml_parser_t parser_{};
  std::size_t nodes_ = 0;
  std::optional<YamlError> error_;
};

}  // namespace

bool YamlNode::null() const {
  return scalar() && plain &&
         (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

std::optional<bool> YamlNode::boolean() const {
  if (!scalar() || !plain) return std::nullopt;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<double> YamlNode::number() const {
  double value = 0;
  const char* end = text.data() + text.size();
  auto [at, failed] = std::from_chars(text.data(), end, value);
  if (!scalar() || failed != std::errc() || at != end) return std::nullopt;
  return value;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string YamlNode::word(std::string_view key) const {
  const auto* found = find(key);
  return found != nullptr && found->scalar() && !found->null() ? found->text : std::string();
}

std::vector<std::string> YamlNode::words(std::string_view key) const {
  const auto* found = find(key);
  std::vector<std::string> out;
  if (found == nullptr || found->null()) return out;
  if (found->scalar()) out.push_back(found->text);
  for (const auto& item : found->items) {
    if (found->sequence() && item.scalar()) out.push_back(item.text);
  }
  return out;
}

std::expected<std::vector<YamlNode>, YamlError> read_yaml(std::string_view bytes) {
  if (bytes.size() > kYamlBytesMax)
    return std::unexpected(YamlError{1, fmt::format("larger than {} MiB", kYamlBytesMax >> 20)});
  return Reader(bytes).documents();
}

}  // namespace vedette::logs::sigma
