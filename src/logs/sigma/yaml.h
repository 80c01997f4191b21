// YAML for rules and pipelines: a document as a tree of nodes that know their lines.
//
// Read by libyaml, the parser behind the tools the Sigma rules of the world are written and checked with, as
// a stream of events: nothing of a hostile file is built before it is counted. Aliases are refused (no
// billion laughs), and so is a key that stands twice in one mapping, for one of the two conditions would be
// lost. Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::logs::sigma {

struct YamlNode {
  enum class Kind : std::uint8_t { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  bool plain = false;           // a scalar without quotes
  std::uint32_t line = 0;       // from 1
  std::string text;             // of a scalar, as written
  std::vector<YamlNode> keys;   // of a mapping; scalars
  std::vector<YamlNode> items;  // of a sequence, or behind the keys

  bool scalar() const { return kind == Kind::kScalar; }
  bool sequence() const { return kind == Kind::kSequence; }
  bool mapping() const { return kind == Kind::kMapping; }
  bool null() const;                    // ~, null or nothing
  std::optional<bool> boolean() const;  // true, false (YAML 1.2: no `yes`, no `on`)
  std::optional<double> number() const;
  const YamlNode* find(std::string_view key) const;
  // The text of a scalar under `key`; "" where there is none.
  std::string word(std::string_view key) const;
  // A scalar as one, a sequence of scalars as several.
  std::vector<std::string> words(std::string_view key) const;
};

struct YamlError {
  std::uint32_t line = 0;
  std::string reason;
};

inline constexpr std::size_t kYamlBytesMax = 2u << 20, kYamlNodesMax = 200'000, kYamlDepthMax = 24,
                             kYamlDocumentsMax = 1000;

// All documents of a file.
std::expected<std::vector<YamlNode>, YamlError> read_yaml(std::string_view bytes);

}  // namespace vedette::logs::sigma
