// PrefixTrie: which of many literals a text begins with, or which it ends with; all of them in one walk over
// as many bytes as the longest of them has in common with the text. A radix tree (Morrison 1968, PATRICIA):
// bytes that nothing branches at are one comparison.
//
// Immutable once built; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::logs::match {

enum class TextSide : std::uint8_t { kBegin, kEnd };

template <TextSide kSide>
class PrefixTrie {
 public:
  using Number = std::uint32_t;

  // No two literals alike.
  void build(const std::vector<std::pair<std::string, Number>>& literals);
  bool empty() const { return !has_any_; }
  // Calls found(number) for each, the shortest first.
  template <class Found>
  void search(std::string_view text, Found&& found) const {
    if (has_empty_) found(empty_number_);
    if (text.empty() || nodes_.empty()) return;
    auto at = roots_[static_cast<unsigned char>(byte_at(text, 0))];
    for (std::size_t depth = 0; at != kNone;) {
      const auto& node = nodes_[at];
      if (text.size() - depth < node.size) return;
      if (std::memcmp(side_at(text, depth, node.size), labels_.data() + node.label, node.size) != 0) return;
      depth += node.size;
      if (node.number != kNone) found(node.number);
      if (depth == text.size()) return;
      at = child_of(node, byte_at(text, depth));
    }
  }
  std::size_t bytes() const;  // of memory, about

 private:
  static constexpr Number kNone = ~Number{0};
  struct Node {
    std::uint32_t label, size;      // in labels_, as it stands in texts
    std::uint32_t children, count;  // one after the other in nodes_, their first bytes in keys_
    Number number = kNone;
  };
  struct Builder;

  // Bytes counted from the side where the literals are.
  static char byte_at(std::string_view text, std::size_t depth) {
    return kSide == TextSide::kBegin ? text[depth] : text[text.size() - 1 - depth];
  }
  static const char* side_at(std::string_view text, std::size_t depth, std::size_t size) {
    return kSide == TextSide::kBegin ? text.data() + depth : text.data() + text.size() - depth - size;
  }
  std::uint32_t child_of(const Node& node, char byte) const {
    for (std::uint32_t i = 0; i < node.count; ++i)
      if (keys_[node.children + i] == byte) return node.children + i;
    return kNone;
  }

  bool has_any_ = false, has_empty_ = false;
  Number empty_number_ = kNone;
  std::array<std::uint32_t, 256> roots_{};
  std::vector<Node> nodes_;
  std::string keys_, labels_;
};

extern template class PrefixTrie<TextSide::kBegin>;
extern template class PrefixTrie<TextSide::kEnd>;

}  // namespace vedette::logs::match
