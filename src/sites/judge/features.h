// Features: the items of one fetch that a profile counts, taken from the flat page in one pass.
//
// Items are hashes; the parallel vectors (block_hash[i] belongs to page.blocks[i]) lead back to the element,
// so that a finding can name it. Holds views into the body it was made from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sites/html/page.h"
#include "sites/judge/judge.h"

namespace vedette::sites {

// Element kinds that run, frame, style or receive what the visitor gives: a new host there is foreign code.
inline constexpr std::uint16_t kind_bit(RefKind kind) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(kind));
}
inline constexpr std::uint16_t kActiveKinds = kind_bit(RefKind::kScript) | kind_bit(RefKind::kFrame) |
                                              kind_bit(RefKind::kObject) | kind_bit(RefKind::kForm) |
                                              kind_bit(RefKind::kStylesheet) | kind_bit(RefKind::kPreload) |
                                              kind_bit(RefKind::kBase) | kind_bit(RefKind::kRefresh);

struct HostUse {
  std::string_view host;  // "data:" and the like for URLs without a host
  std::uint16_t kinds = 0;
};

struct Features {
  Page page;
  std::size_t body_bytes = 0;

  std::vector<std::uint32_t> block_hash;   // 0: too short to count
  std::vector<std::uint32_t> script_hash;  // 0: not executable or empty
  std::vector<std::uint32_t> handler_hash;

  // Sorted, each once.
  std::vector<std::uint32_t> blocks, shingles, paths, scripts, handlers, assets, own_links, link_hosts,
      hidden_links, title_words, names;
  std::vector<std::uint32_t> own_scripts;  // of `assets`, those of script elements; sorted, each once
  std::vector<HostUse> hosts;              // active kinds and images, by host
  std::uint32_t title_hash = 0;
  bool closed = false;  // ends with </html> or </body>, white space and comments apart
};

// The names of pages and blocks: how a hidden link is keyed, shared by learning and judging.
std::uint32_t hidden_link_key(const Ref& ref);
std::uint32_t link_host_key(std::string_view host);
std::uint32_t name_key(std::string_view kind, std::string_view value);
inline constexpr std::size_t kBeginBytes = 24;  // of a page: its doctype and first tag
std::vector<std::uint32_t> word_hashes(std::string_view text, std::size_t length_min = 3);
bool is_hidden(std::uint16_t hidden);  // by means that spam injection uses

Features extract(const PageInput& input);

}  // namespace vedette::sites
