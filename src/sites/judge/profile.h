// Profile::Impl: the learnt state behind judge.h, and what is asked of it. For the files of this folder only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sites/judge/features.h"
#include "sites/judge/judge.h"
#include "sites/judge/presence_set.h"

namespace vedette::sites {

// A host that the page loaded something from, with the kinds of elements it was seen in.
struct KnownHost {
  std::string host;
  std::uint16_t kinds = 0;
  std::uint8_t seen = 0;
  bool pinned = false;
};

struct Profile::Impl {
  static constexpr std::size_t kHostsMax = 120;
  static constexpr std::size_t kHostBytesMax = 2'600;  // of all host names together
  static constexpr std::size_t kExcerptBytesMax = 900;
  static constexpr std::size_t kTitleBytesMax = 200;
  static constexpr std::size_t kIgnoredMax = 64;

  int learned = 0;
  std::uint8_t weight = 0;  // eighths of a fetch, at most kWeightMax
  bool approved = false;

  PresenceSet blocks{600}, shingles{240}, paths{240}, scripts{120}, handlers{60}, assets{150}, own_links{200},
      link_hosts{240}, hidden_links{80}, script_hosts{160}, titles{8}, title_words{48}, names{60}, words{60};
  std::vector<KnownHost> hosts;  // by name
  std::vector<std::uint32_t> ignored;
  std::string title, opening;                    // of the page as last learnt, for the "before" of findings
  std::uint32_t body_bytes = 0, text_bytes = 0;  // decaying means of what was learnt

  const KnownHost* host(std::string_view name) const;
  // The host itself, or another one of its registrable domain, was loaded from before.
  bool host_family_known(std::string_view name) const;
  bool any_host_known(std::string_view name) const;  // also as target of a link or named in a script
  bool ignores(std::string_view where) const;
  std::uint32_t stable_blocks() const;

  void learn(const Features& features, bool approve);
  void learn_hosts(const std::vector<HostUse>& uses, bool full, bool approve);
};

std::uint32_t where_key(std::string_view where);

}  // namespace vedette::sites
