// A rule set as it came out of loading, in one file: so that a restart or reload whose rules have not changed
// does not read YAML again.
//
// The cache is used when it was made by this very program with the same pipelines and placeholders, from the
// same files: same paths, sizes and times of change, or, where the time differs, the same content (SHA-256).
// It carries its own SHA-256; a damaged or foreign one is not used but made anew. Whoever may write it
// decides what is looked for: keep it where only its reader can. Read and written by one thread at a time;
// written beside and renamed, so that a crash leaves the old one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "logs/sigma/load.h"

namespace vedette::logs::sigma {

struct CachedRules {
  RuleSet set;
  bool warm = false;    // from the cache
  std::string trouble;  // why the cache could not be written; the rules are there all the same
};

// `texts` as of load_rules().
CachedRules load_rules_cached(std::span<const std::filesystem::path> paths, const LoadOptions& options,
                              const std::filesystem::path& cache, std::span<const RuleText> texts = {});

// The set alone, as bytes and back; nothing for bytes that are none.
std::string pack_rules(const RuleSet& set);
std::optional<RuleSet> unpack_rules(std::string_view bytes);
// So that two lists of pipelines can be told apart.
std::string pack_pipelines(const std::vector<Pipeline>& pipelines);

}  // namespace vedette::logs::sigma
