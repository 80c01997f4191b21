// The methods Vedette is measured beside, on the same fetches: a hash of the visible text
// (changedetection.io's method) and "a new domain, or 5% of the text" (Site24x7's method). The comparison is
// with the fetch before; domains are compared with all fetches before. urlwatch itself is run by
// bench/sites/urlwatch_compare.py.
#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include "net/url.h"
#include "sites/html/page.h"

namespace vedette::bench {

struct TextOnly {
  std::string text;
  std::unordered_map<std::string, int> words;
  std::size_t word_count = 0;
  std::set<std::string> domains;
};

inline TextOnly text_only(std::string_view body, const std::string& url) {
  TextOnly out;
  const sites::Page page = sites::read_page(body, url);
  for (const sites::TextBlock& block : page.blocks) {
    out.text.append(block.text).append("\n");
    for (std::size_t i = 0; i < block.text.size();) {
      const std::size_t end = std::min(block.text.find(' ', i), block.text.size());
      if (end > i) ++out.words[std::string(block.text.substr(i, end - i))], ++out.word_count;
      i = end + 1;
    }
  }
  for (const sites::Ref& ref : page.refs) {
    if (ref.kind != sites::RefKind::kLink && !ref.own && !ref.host.empty())
      out.domains.insert(net::registrable_domain(ref.host));
  }
  return out;
}

// Share of words that are in one text only.
inline double text_difference(const TextOnly& a, const TextOnly& b) {
  const std::size_t most = std::max(a.word_count, b.word_count);
  if (most == 0) return 0;
  std::size_t common = 0;
  for (const auto& [word, count] : a.words) {
    if (auto at = b.words.find(word); at != b.words.end())
      common += static_cast<std::size_t>(std::min(count, at->second));
  }
  return 1.0 - static_cast<double>(common) / static_cast<double>(most);
}

}  // namespace vedette::bench
