#include "sites/judge/hostile_words.h"

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "base/text/decode.h"
#include "base/text/fold.h"
#include "model/content.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/hash32.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kFoldBytesMax = 256u << 10;    // of new text in all, for each fetch
constexpr std::size_t kDecodeBytesMax = 512u << 10;  // of new scripts in all
constexpr std::size_t kUrlBytesMax = 400;

Lexicon load_lexicon() {
  std::vector<std::pair<std::string_view, std::string_view>> sources;
  for (const EmbeddedFile& file : content::content_files()) {
    if (file.path.starts_with("lexicon/")) sources.emplace_back(file.path, file.bytes);
  }
  auto lexicon = Lexicon::parse(sources);
  VEDETTE_ASSERT(lexicon.has_value());
  return *std::move(lexicon);
}

std::uint32_t phrase_key(const LexiconEntry& entry) { return hash32(entry.phrase, 50); }
std::uint32_t category_key(const LexiconEntry& entry) {
  return hash32(entry.category, entry.strength == Strength::kStrong ? 51 : 52);
}

// "0wned by" folds to words that anybody says: it counts where something was spelt so.
bool differs_by_spelling(const LexiconEntry& entry, const Lexicon& lexicon) {
  if (entry.strength != Strength::kStrong || entry.phrase.find_first_of("0134578") == std::string::npos)
    return false;
  const std::string folded = fold_text(entry.phrase);
  return std::any_of(lexicon.entries().begin(), lexicon.entries().end(), [&](const LexiconEntry& other) {
    return other.strength == Strength::kWeak && other.phrase == folded;
  });
}

// One reader for learning and judging, so that both see the same text.
class NewText {
 public:
  NewText(const Features& features, const Profile::Impl& profile,
          std::unordered_map<const char*, CodeReading>& readings)
      : f_(features), profile_(profile), readings_(readings) {}

  template <class Visit>  // (place, element, text) with unfolded text
  void each(Visit visit) {
    if (!profile_.titles.known(f_.title_hash) && !f_.page.title.empty())
      visit(WordPlace::kTitle, std::string_view("title"), f_.page.title);
    for (std::size_t i = 0; i < f_.page.blocks.size(); ++i) {
      const std::uint32_t hash = f_.block_hash[i];
      if (hash == 0 || (profile_.blocks.sampled(hash) && profile_.blocks.known(hash))) continue;
      // Above the sample's limit a block may be old or new: its shingles were learnt too, its words are read.
      const TextBlock& block = f_.page.blocks[i];
      visit(is_hidden(block.hidden) ? WordPlace::kHiddenBlock : WordPlace::kBlock, block.path, block.text);
    }
    for (const AttributeText& item : f_.page.attribute_texts)
      visit(WordPlace::kAttribute, item.path, item.text);
    if (!f_.page.description.empty())
      visit(WordPlace::kAttribute, std::string_view("meta[description]"), f_.page.description);
    for (const Ref& ref : f_.page.refs) {
      const bool hidden = ref.kind == RefKind::kLink && is_hidden(ref.hidden);
      const bool foreign = !ref.own && !ref.host.empty() && !profile_.any_host_known(ref.host);
      if (hidden || foreign) visit(WordPlace::kUrl, ref.path, ref.url.substr(0, kUrlBytesMax));
    }
    std::size_t budget = kDecodeBytesMax;
    for (std::size_t i = 0; i < f_.page.scripts.size(); ++i) {
      const std::uint32_t hash = f_.script_hash[i];
      if (hash == 0 || profile_.scripts.seen(hash) > 0) continue;
      script(f_.page.scripts[i].body, f_.page.scripts[i].path, budget, visit);
    }
    for (std::size_t i = 0; i < f_.page.handlers.size(); ++i) {
      if (profile_.handlers.seen(f_.handler_hash[i]) > 0) continue;
      script(f_.page.handlers[i].code, f_.page.handlers[i].path, budget, visit);
    }
    for (const Ref& ref : f_.page.refs) {
      if (ref.origin == "data:" && ref.kind != RefKind::kImage && ref.kind != RefKind::kIcon)
        script(ref.url, ref.path, budget, visit);
    }
  }

  bool decoded_page() const { return decoded_page_; }

 private:
  template <class Visit>
  void script(std::string_view code, std::string_view path, std::size_t& budget, Visit& visit) {
    code = code.substr(0, budget);
    budget -= code.size();
    if (code.empty()) return;
    CodeReading& reading = readings_[code.data()];
    reading = {code.size(), script_traits(code), decode_strings(code)};
    for (const Decoded& decoded : reading.strings.decoded) {
      decoded_page_ = decoded_page_ || decoded.text.find("</") != std::string::npos;
      visit(WordPlace::kScript, path, std::string_view(decoded.text));
    }
    if ((reading.traits & (kWritesPage | kAlerts | kMakesElement)) != 0 && code.size() < 20'000)
      visit(WordPlace::kScript, path, code);
  }

  const Features& f_;
  const Profile::Impl& profile_;
  std::unordered_map<const char*, CodeReading>& readings_;
  bool decoded_page_ = false;
};

std::string_view name_of(WordPlace place) {
  switch (place) {
    case WordPlace::kTitle:
      return "";
    case WordPlace::kAttribute:
      return "attribute ";
    case WordPlace::kScript:
      return "script ";
    case WordPlace::kUrl:
      return "url ";
    case WordPlace::kComment:
      return "comment ";
    case WordPlace::kBlock:
    case WordPlace::kHiddenBlock:
      return "";
  }
  return "";
}

}  // namespace

const Lexicon& site_lexicon() {
  static const Lexicon lexicon = load_lexicon();
  return lexicon;
}

bool spelt_only(const LexiconEntry& entry) {
  static const std::vector<const LexiconEntry*> spelt = [] {
    std::vector<const LexiconEntry*> out;
    for (const LexiconEntry& one : site_lexicon().entries()) {
      if (differs_by_spelling(one, site_lexicon())) out.push_back(&one);
    }
    return out;
  }();
  return std::find(spelt.begin(), spelt.end(), &entry) != spelt.end();
}

HostileWords hostile_words(const Features& features, const Profile::Impl& profile) {
  HostileWords out;
  const Lexicon& lexicon = site_lexicon();
  std::set<std::uint32_t> strong, weak;
  std::size_t budget = kFoldBytesMax;
  Folded folded;
  NewText text(features, profile, out.readings);
  text.each([&](WordPlace place, std::string_view element, std::string_view raw) {
    raw = raw.substr(0, budget);
    budget -= raw.size();
    if (raw.empty()) return;
    fold_into(raw, folded);
    for (const std::string* form : {&folded.text, &folded.joined, &folded.alternative}) {
      if (form->empty()) continue;
      for (const LexiconHit& hit : lexicon.find(*form)) {
        const bool is_strong = hit.entry->strength == Strength::kStrong;
        if (is_strong && folded.leet == 0 && spelt_only(*hit.entry)) continue;
        if (!(is_strong ? strong : weak).insert(phrase_key(*hit.entry)).second && out.hits.size() >= 8)
          continue;
        if (out.hits.size() >= HostileWords::kHitsMax) continue;
        WordHit found{hit.entry,         place,      std::string(name_of(place)) + std::string(element),
                      clipped(raw, 300), raw.size(), true};
        const std::uint32_t phrase = phrase_key(*hit.entry), category = category_key(*hit.entry);
        // An article may speak of what others of its kind spoke of; a line of its own may only say what was
        // said before.
        const bool line = raw.size() < 120 && (place == WordPlace::kBlock || place == WordPlace::kTitle);
        found.novel = profile.words.seen(phrase) == 0 && (line || profile.words.seen(category) == 0);
        out.hits.push_back(std::move(found));
      }
    }
  });
  out.decoded_page = text.decoded_page();
  out.strong = static_cast<int>(strong.size());
  out.weak = static_cast<int>(weak.size());
  auto rank = [](const WordHit& hit) {
    return (hit.entry->strength == Strength::kStrong ? 0 : 10) + (hit.novel ? 0 : 5) +
           (hit.place == WordPlace::kTitle   ? 0
            : hit.place == WordPlace::kBlock ? 1
                                             : 2);
  };
  std::stable_sort(out.hits.begin(), out.hits.end(),
                   [&](const WordHit& a, const WordHit& b) { return rank(a) < rank(b); });
  return out;
}

std::vector<std::uint32_t> word_keys(const Features& features, const Profile::Impl& profile) {
  std::vector<std::uint32_t> keys;
  for (const WordHit& hit : hostile_words(features, profile).hits) {
    keys.push_back(phrase_key(*hit.entry));
    keys.push_back(category_key(*hit.entry));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace vedette::sites
