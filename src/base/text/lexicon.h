// Lexicon: the words that defacers and spam injectors use, found in folded text in one pass (Aho-Corasick).
//
// Phrases come from content/lexicon/*.toml and are folded like the text (base/text/fold.h). A phrase matches
// at word boundaries only, except in scripts without spaces (Chinese, Japanese, Thai). In a phrase, `*`
// stands for one to three words and `~` at the end of a word for any ending. A word of the lexicon proves
// nothing by itself: news and gambling sites use them; the judge counts it through novelty.
//
// Immutable after parse(); any number of threads. Time is linear in the text, hits are bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette {

enum class Strength : std::uint8_t { kWeak, kStrong };

struct LexiconEntry {
  std::string phrase;    // as written in the file
  std::string category;  // "defacement", "gambling", "pharma", "crypto", "seo", "adult", "loans", "replica"
  std::string language;  // BCP 47: "vi", "en", "id", …
  Strength strength = Strength::kWeak;
  std::string note;
};

struct LexiconHit {
  std::uint32_t offset = 0, length = 0;  // in the folded text
  const LexiconEntry* entry = nullptr;   // lives as long as the lexicon
};

class Lexicon {
 public:
  // Each source is (file name, TOML text). kInvalid names file and line.
  static Result<Lexicon> parse(std::span<const std::pair<std::string_view, std::string_view>> sources);
  Lexicon(Lexicon&&) noexcept;
  Lexicon& operator=(Lexicon&&) noexcept;
  ~Lexicon();

  // In order of their ends; overlapping ones all count. At most `hits_max`.
  std::vector<LexiconHit> find(std::string_view folded, std::size_t hits_max = 256) const;
  bool contains(std::string_view folded) const;
  const std::vector<LexiconEntry>& entries() const;

 private:
  struct Automaton;
  explicit Lexicon(std::unique_ptr<Automaton> automaton);
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace vedette
