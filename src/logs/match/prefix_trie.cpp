#include "logs/match/prefix_trie.h"

#include <algorithm>
#include <span>

namespace vedette::logs::match {

template <TextSide kSide>
struct PrefixTrie<kSide>::Builder {
  PrefixTrie& to;
  using Entry = std::pair<std::string, Number>;  // turned around where they end texts

  // Nodes for literals that are alike in their first `depth` bytes and longer; one for each next byte.
  // Returns where they begin.
  std::uint32_t add(std::span<const Entry> sorted, std::size_t depth) {
    std::vector<std::span<const Entry>> groups;
    while (!sorted.empty()) {
      const auto byte = sorted[0].first[depth];
      std::size_t size = 1;
      while (size < sorted.size() && sorted[size].first[depth] == byte) ++size;
      groups.push_back(sorted.first(size));
      sorted = sorted.subspan(size);
    }
    const auto begin = static_cast<std::uint32_t>(to.nodes_.size());
    to.nodes_.resize(begin + groups.size());
    to.keys_.resize(to.nodes_.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
      to.keys_[begin + i] = groups[i][0].first[depth];
      // By value: nodes_ moves when children are added.
      to.nodes_[begin + i] = node_of(groups[i], depth);
    }
    return begin;
  }

  Node node_of(std::span<const Entry> group, std::size_t depth) {
    // What the first and the last of a sorted group have in common all have.
    const auto& first = group.front().first;
    const auto& last = group.back().first;
    auto end = depth;
    while (end < first.size() && end < last.size() && first[end] == last[end]) ++end;
    auto label = first.substr(depth, end - depth);
    if (kSide == TextSide::kEnd) std::ranges::reverse(label);
    Node out{static_cast<std::uint32_t>(to.labels_.size()), static_cast<std::uint32_t>(label.size()), 0, 0};
    to.labels_ += label;
    if (first.size() == end) {
      out.number = group.front().second;
      group = group.subspan(1);
    }
    if (group.empty()) return out;
    out.children = add(group, end);
    char before = group[0].first[end];
    out.count = 1;
    for (const auto& [text, number] : group)
      if (text[end] != before) before = text[end], ++out.count;
    return out;
  }
};

template <TextSide kSide>
void PrefixTrie<kSide>::build(const std::vector<std::pair<std::string, Number>>& literals) {
  std::vector<std::pair<std::string, Number>> sorted;
  for (auto [text, number] : literals) {
    has_any_ = true;
    if (text.empty()) {
      has_empty_ = true;
      empty_number_ = number;
      continue;
    }
    if (kSide == TextSide::kEnd) std::ranges::reverse(text);
    sorted.emplace_back(std::move(text), number);
  }
  roots_.fill(kNone);
  if (sorted.empty()) return;
  std::ranges::sort(sorted);
  const auto count = [&] {
    std::size_t out = 1;
    for (std::size_t i = 1; i < sorted.size(); ++i) out += sorted[i].first[0] != sorted[i - 1].first[0];
    return out;
  }();
  const auto begin = Builder{*this}.add(sorted, 0);
  for (std::size_t i = 0; i < count; ++i)
    roots_[static_cast<unsigned char>(keys_[begin + i])] = static_cast<std::uint32_t>(begin + i);
}

template <TextSide kSide>
std::size_t PrefixTrie<kSide>::bytes() const {
  return sizeof *this + nodes_.capacity() * sizeof(Node) + keys_.capacity() + labels_.capacity();
}

template class PrefixTrie<TextSide::kBegin>;
template class PrefixTrie<TextSide::kEnd>;

}  // namespace vedette::logs::match
