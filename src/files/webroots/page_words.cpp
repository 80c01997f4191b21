#include "files/webroots/page_words.h"

#include <array>
#include <set>

#include "base/assert.h"
#include "base/text/fold.h"
#include "base/text/lexicon.h"
#include "model/content.h"

namespace vedette::files {
namespace {

constexpr std::size_t kBytes = 512 * 1024;

const Lexicon& lexicon() {
  static const Lexicon words = [] {
    constexpr std::string_view name = "lexicon/defacement.toml";
    std::array<std::pair<std::string_view, std::string_view>, 1> source{
        {{name, content::content_file(name)}}};
    auto parsed = Lexicon::parse(source);
    VEDETTE_ASSERT(parsed.has_value());
    return *std::move(parsed);
  }();
  return words;
}

// Markup apart, so that "<b>Hacked</b> by" reads as it is shown.
std::string shown(std::string_view page) {
  std::string out;
  page = page.substr(0, kBytes);
  out.reserve(page.size());
  bool tag = false;
  for (char c : page) {
    if (c == '<') {
      tag = true;
      out += ' ';
    } else if (c == '>' && tag) {
      tag = false;
    } else if (!tag) {
      out += c;
    }
  }
  return out;
}

std::set<const LexiconEntry*> strong_words(std::string_view page) {
  std::set<const LexiconEntry*> out;
  auto folded = fold(shown(page));
  for (const auto& text : {folded.text, folded.joined, folded.alternative}) {
    for (const auto& hit : lexicon().find(text)) {
      if (hit.entry->strength == Strength::kStrong) out.insert(hit.entry);
    }
  }
  return out;
}

}  // namespace

std::string new_defacement_words(std::string_view before, std::string_view after) {
  auto now = strong_words(after);
  if (now.empty()) return {};
  auto then = strong_words(before);
  for (const auto* entry : now) {
    if (!then.contains(entry)) return entry->phrase;
  }
  return {};
}

}  // namespace vedette::files
