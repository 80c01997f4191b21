// Question 3: hostile words in what is new on the page.
//
// Only items the profile does not know are read: titles, blocks, attribute texts, URLs, and what new scripts
// decode to. What the lexicon finds proves nothing by itself; judge.cpp weighs it with the page's other
// changes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/text/decode.h"
#include "base/text/lexicon.h"
#include "sites/judge/profile.h"

namespace vedette::sites {

enum class WordPlace { kTitle, kBlock, kHiddenBlock, kAttribute, kScript, kUrl, kComment };

struct WordHit {
  const LexiconEntry* entry = nullptr;
  WordPlace place = WordPlace::kBlock;
  std::string where;  // element
  std::string text;   // excerpt around it
  std::size_t text_bytes =
      0;              // of the whole item: a short line that says "hacked by" weighs more than an article
  bool novel = true;  // neither this phrase nor another strong one of its category was learnt
};

// What a piece of new code can do and what it hides, read once for all questions. At most the code whose
// strings hostile_words() decodes, so its size is bounded.
struct CodeReading {
  std::size_t bytes = 0;  // of the code that was read: less than the script where a budget cut it
  std::uint32_t traits = 0;
  DecodeResult strings;
};

struct HostileWords {
  std::vector<WordHit> hits;  // at most kHitsMax, strong ones first
  int strong = 0, weak = 0;   // distinct phrases
  bool decoded_page = false;  // a script's hidden text holds markup
  static constexpr std::size_t kHitsMax = 64;
  std::unordered_map<const char*, CodeReading> readings;  // by the first byte of the code
  const CodeReading* reading_of(std::string_view code) const {
    const auto at = readings.find(code.data());
    return at != readings.end() && at->second.bytes == code.size() ? &at->second : nullptr;
  }
  const WordHit* best() const { return hits.empty() ? nullptr : &hits.front(); }
};

const Lexicon& site_lexicon();
// A strong phrase that differs from a weak one only by its spelling ("0wned by"), which folding undoes.
bool spelt_only(const LexiconEntry& entry);
HostileWords hostile_words(const Features& features, const Profile::Impl& profile);
// Keys of all lexicon phrases in what is new to the profile: learnt, so that a news site's words become
// ordinary.
std::vector<std::uint32_t> word_keys(const Features& features, const Profile::Impl& profile);

}  // namespace vedette::sites
