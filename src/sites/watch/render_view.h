// RenderView: what one look through a browser means, against what earlier looks showed. Pure.
//
// Three things are learnt of accepted looks: the rendered document (a Profile of its own), the picture
// (VisualProfile), and beside them the origins that running pages asked and the lexicon's phrases that OCR
// read. A new look is judged in four ways: the document that scripts built (fully for a script shell; of any
// other page only an attacker's content, because the raw page is judged already), words that stand in the
// picture alone, active content from an origin that no learnt look asked, and a picture of which most is new.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sites/judge/judge.h"
#include "sites/render/renderer.h"
#include "sites/render/visual_profile.h"

namespace vedette::sites {

inline constexpr int kLooksLearned = 3;       // looks before origins and pictures are compared
inline constexpr int kShellLooksLearned = 5;  // looks before what a shell builds is compared: it may rotate
inline constexpr double kPictureNew = 0.5;    // changed share of the stable blocks
inline constexpr int kPictureHashBits = 10;   // and the dHash must agree that it is another picture

struct PageView {
  Rendered rendered;
  std::optional<Picture> picture;  // none: no screenshot
  std::string words;               // that OCR read; empty: nothing, or it could not
};

struct ShownState {
  static constexpr std::size_t kDomainsMax = 200;
  static constexpr std::size_t kPhrasesMax = 100;
  std::vector<std::string> domains;  // registrable domains of active content, newest last
  std::vector<std::string> phrases;  // of the lexicon, on accepted pictures, newest last
  int moved = 0;                     // of the last looks, how many brought a new domain; see kRestless
  int parts_failed = 0;              // the most that were missing on a learnt look
};
std::string shown_to_json(const ShownState& state);
ShownState shown_from_json(std::string_view json);

struct ShownProfiles {
  Profile page;
  VisualProfile visual;
  ShownState state;
};

struct LookContext {
  std::string site;              // name, for the sentences
  bool shell = false;            // the rendered document stands for the raw one
  const Profile* raw = nullptr;  // of the raw page: hosts it knows are no news; may be null
};

// Whether the look may be of a page that is not whole: it did not load or was interrupted, more of its parts
// failed than ever on a learnt look (at origins that were asked before), or a shell's scripts built next to
// nothing. Such a look must differ again and again before it is believed, unless it names an attacker.
bool doubtful(const ShownProfiles& known, const PageView& look, const LookContext& context);
// kUnavailable: an error, challenge or login page, about which nothing else is said.
Judgement judge_look(const ShownProfiles& known, const PageView& look, const LookContext& context);
void learn_look(ShownProfiles& known, const PageView& look, bool approve);

// There is a document, and no HTTP error in its place.
bool usable(const PageView& look);
// It finished loading: it may be learnt.
bool whole(const PageView& look);

struct PictureWords {
  std::vector<std::string> strong, weak;  // phrases of defacement, each once
  bool hostile() const { return !strong.empty() || weak.size() >= 3; }
  std::string text() const;  // for a sentence
};
// `document`: phrases that also stand there are left out; empty: none are.
PictureWords picture_words(std::string_view words, std::string_view document);

}  // namespace vedette::sites
