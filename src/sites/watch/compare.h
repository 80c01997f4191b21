// The before/after view: text blocks of two pages, aligned. Pure.
//
// Myers' O(ND) difference over block texts (Algorithmica 1 (1986) 251–266). Pages that differ in more than
// kDifferencesMax blocks are shown as all removed, all added between their common beginning and end.
#pragma once

#include <string_view>
#include <vector>

#include "sites/watch/site.h"

namespace vedette::sites {

inline constexpr int kDifferencesMax = 1500;
inline constexpr std::size_t kCompareBlocksMax = 20'000;

struct ComparePage {
  std::string_view body, url, content_type;
};
std::vector<CompareBlock> compare_pages(const ComparePage& before, const ComparePage& after);

}  // namespace vedette::sites
