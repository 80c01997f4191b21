#include "sites/watch/render_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/text/fold.h"
#include "net/url.h"
#include "sites/html/page.h"
#include "sites/judge/continuity.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/findings.h"
#include "sites/judge/hostile_words.h"
#include "sites/judge/profile.h"
#include "sites/watch/question.h"

namespace vedette::sites {
namespace {

constexpr double kShellTextGone = 0.15, kShellStructureGone = 0.5;
constexpr double kShellPictureNew = 0.2;  // share of the stable blocks: a page of text is mostly background
constexpr std::uint32_t kBlocksToCompare = 3;
// 95 of 100 pictures of another service's page differ by more in tone; see docs/measurements/sites.md.
constexpr double kToneSame = 0.015, kTextMoved = 0.7;
constexpr std::size_t kShellTextBytes = 400;  // less is a message of failure rather than another page
constexpr std::size_t kTextBytesMax = 512u << 10;
constexpr int kRestless =
    3;  // a page that keeps asking new domains (auctions of advertisements) says nothing by it
constexpr std::string_view kHtml = "text/html; charset=utf-8";

using Phrases = std::set<std::string, std::less<>>;

struct Found {
  Phrases strong, weak;
};

Found phrases_in(std::string_view text) {
  Found out;
  Folded folded = fold(text.substr(0, kTextBytesMax));
  for (const std::string* form : {&folded.text, &folded.joined, &folded.alternative}) {
    for (const LexiconHit& hit : site_lexicon().find(*form)) {
      if (hit.entry->category != "defacement") continue;
      (hit.entry->strength == Strength::kStrong ? out.strong : out.weak).insert(hit.entry->phrase);
    }
  }
  return out;
}

std::string text_of_page(std::string_view document) {
  Page page = read_page(document, "", kHtml);
  std::string out(page.title);
  for (const auto& block : page.blocks) {
    if (out.size() > kTextBytesMax) break;
    out += '\n';
    out += block.text;
  }
  return out;
}

PageInput input_of(const PageView& look) {
  return {look.rendered.final_url, look.rendered.status == 0 ? 200 : look.rendered.status, kHtml,
          look.rendered.dom};
}

bool active(const std::string& kind) {
  static const std::set<std::string, std::less<>> kinds{"document",   "frame", "script",
                                                        "stylesheet", "fetch", "websocket"};
  return kinds.contains(kind);
}

std::string domain_of(const std::string& origin) {
  auto url = net::parse_url(origin);
  return url && !url->host.empty() ? net::registrable_domain(url->host) : std::string();
}

void add(std::vector<std::string>& list, const std::string& value, std::size_t max) {
  if (std::ranges::find(list, value) != list.end()) return;
  list.push_back(value);
  if (list.size() > max) list.erase(list.begin());
}

PageFinding finding(std::string kind, Severity severity, int confidence,
                    std::map<std::string, std::string> arguments) {
  PageFinding f;
  f.title = {"sites." + kind, arguments};
  f.reason = {"sites." + kind + ".reason", arguments};
  f.next_step = {"sites." + kind + ".next", arguments};
  f.kind = std::move(kind);
  f.severity = severity;
  f.confidence = confidence;
  return f;
}

// A shell keeps its title and its scripts' addresses whatever the scripts build, so those speak for nothing
// here. Text alone neither: what is shown may come from a database and rotate. Text and element structure
// together are another page.
void built_another(Judgement& out, const ShownProfiles& known, const PageView& look,
                   const VisualDifference& difference) {
  bool said =
      std::ranges::any_of(out.findings, [](const PageFinding& f) { return f.kind == "page_replaced"; });
  const auto& learnt = known.page.impl();
  if (said || known.page.learned() < kShellLooksLearned || learnt.stable_blocks() < kBlocksToCompare) return;
  const PageInput input = input_of(look);
  const Features features = extract(input);
  const Continuity left = continuity(features, learnt);
  if (left.text >= kShellTextGone || left.structure >= kShellStructureGone) return;
  bool hostile = std::ranges::any_of(out.findings, [](const PageFinding& f) { return f.hostile; });
  bool page = hostile || features.page.text_bytes >= kShellTextBytes;
  bool pictured = !look.picture || difference.changed_share >= kShellPictureNew;
  std::string after = clipped(text_of_page(look.rendered.dom), 1'500);
  FindingSpec spec{.kind = page ? "page_replaced" : "page_changed",
                   .severity = hostile || (page && pictured) ? Severity::kCritical
                               : page                        ? Severity::kHigh
                                                             : Severity::kMedium,
                   .confidence = hostile ? 97
                                 : page  ? (pictured ? 85 : 75)
                                         : 50,
                   .hostile = hostile,
                   .where = "html",
                   .before = learnt.opening,
                   .after = after,
                   .attack = {"T1491.002"}};
  spec.arguments["kept"] = std::to_string(static_cast<int>(left.text * 100));
  spec.arguments["structure"] = std::to_string(static_cast<int>(left.structure * 100));
  auto made = make_finding(spec);
  made.reason.key = page ? "sites.built_page.replaced" : "sites.built_page.emptied";
  std::erase_if(out.findings, [](const PageFinding& f) { return f.kind == "page_changed"; });
  out.findings.push_back(std::move(made));
}

void hostile_picture(Judgement& out, const ShownProfiles& known, const PageView& look,
                     const LookContext& context, const VisualDifference& difference) {
  if (look.words.empty()) return;
  auto words = picture_words(look.words, look.rendered.dom);
  auto learnt = [&](const std::string& phrase) {
    return std::ranges::find(known.state.phrases, phrase) != known.state.phrases.end();
  };
  std::erase_if(words.strong, learnt);
  std::erase_if(words.weak, learnt);
  bool another = known.visual.learned() > 0 && difference.changed_share >= kPictureNew;
  if (words.strong.empty() && !(another && words.hostile())) return;
  bool sure = another || words.strong.size() >= 2;
  auto f = finding("hostile_picture", sure ? Severity::kCritical : Severity::kHigh,
                   std::min(97, 70 + 10 * static_cast<int>(words.strong.size()) + (another ? 10 : 0)),
                   {{"site", context.site}, {"words", words.text()}});
  f.hostile = true;
  f.where = "screenshot";
  f.after = clipped(look.words, Finding::kExcerptMax);
  f.attack = {"T1491.002"};  // Defacement: External Defacement
  out.findings.push_back(std::move(f));
}

void runtime_origins(Judgement& out, const ShownProfiles& known, const PageView& look,
                     const LookContext& context) {
  if (known.state.moved >= kRestless) return;
  std::string own = domain_of(look.rendered.final_url);
  int reported = 0;
  for (const auto& item : look.rendered.origins) {
    auto domain = active(item.kind) ? domain_of(item.origin) : std::string();
    if (domain.empty() || reported >= 3) continue;
    bool leads_away = item.kind == "document" && domain == own;
    if ((domain == own && !leads_away) ||
        std::ranges::find(known.state.domains, domain) != known.state.domains.end())
      continue;
    auto url = net::parse_url(item.origin);
    // What the raw page loads from is no news; what it links to, or names in a script, must not run for that.
    if (context.raw != nullptr && url && context.raw->impl().host_family_known(url->host)) continue;
    ++reported;
    auto f = finding("runtime_origin", leads_away ? Severity::kHigh : Severity::kMedium, leads_away ? 75 : 55,
                     {{"site", context.site},
                      {"origin", item.origin},
                      {"kind", item.kind},
                      {"count", std::to_string(known.page.learned())}});
    f.where = item.origin;
    f.after = fmt::format("{} × {} {}", item.count, item.kind, item.origin);
    f.attack = {"T1189"};  // Drive-by Compromise
    out.findings.push_back(std::move(f));
  }
}

// A line more at the top moves all that lies below. That is so when the document tells of it, its text is
// still the learnt one, and the picture is as light, dark and coloured as before. A picture that changes
// while the document stays, as by a style sheet or a banner, has no such excuse.
bool only_moved(const ShownProfiles& known, const PageView& look, const VisualDifference& difference) {
  if (difference.tone >= kToneSame) return false;
  const PageInput input = input_of(look);
  const Features features = extract(input);
  const Continuity left = continuity(features, known.page.impl());
  bool document_changed = left.blocks.recall() < 1 || left.blocks.precision() < 1 ||
                          left.paths.recall() < 1 || left.paths.precision() < 1;
  return document_changed && left.text >= kTextMoved;
}

void picture_changed(Judgement& out, const ShownProfiles& known, const PageView& look,
                     const VisualDifference& difference, const LookContext& context) {
  if (difference.changed_share < kPictureNew || difference.dhash_distance < kPictureHashBits) return;
  if (only_moved(known, look, difference)) return;
  int percent = static_cast<int>(difference.changed_share * 100);
  auto f = finding("picture_changed", Severity::kMedium, std::min(90, 20 + percent * 6 / 10),
                   {{"site", context.site}, {"percent", std::to_string(percent)}});
  f.where = "screenshot";
  f.attack = {"T1491.002"};
  out.findings.push_back(std::move(f));
}

}  // namespace

std::string shown_to_json(const ShownState& state) {
  boost::json::array domains(state.domains.begin(), state.domains.end()),
      phrases(state.phrases.begin(), state.phrases.end());
  return boost::json::serialize(boost::json::object{{"domains", std::move(domains)},
                                                    {"phrases", std::move(phrases)},
                                                    {"moved", state.moved},
                                                    {"parts_failed", state.parts_failed}});
}

ShownState shown_from_json(std::string_view json) {
  ShownState out;
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return out;
  auto read = [&](std::string_view name, std::vector<std::string>& to) {
    if (auto* v = value.get_object().if_contains(name); v != nullptr && v->is_array()) {
      for (const auto& e : v->get_array()) {
        if (e.is_string()) to.emplace_back(e.get_string());
      }
    }
  };
  read("domains", out.domains);
  read("phrases", out.phrases);
  auto count = [&](std::string_view name, int& to) {
    if (auto* v = value.get_object().if_contains(name); v != nullptr && v->is_int64())
      to = static_cast<int>(v->get_int64());
  };
  count("moved", out.moved);
  count("parts_failed", out.parts_failed);
  return out;
}

bool usable(const PageView& look) { return look.rendered.status < 400 && !look.rendered.dom.empty(); }

bool whole(const PageView& look) {
  return usable(look) && look.rendered.loaded && !look.rendered.interrupted;
}

namespace {

// A new origin that does not answer is no part of the page that is missing: an attacker's server need not.
int known_parts_failed(const ShownProfiles& known, const PageView& look) {
  int out = look.rendered.parts_failed;
  if (known.page.learned() < kLooksLearned) return out;
  auto own = domain_of(look.rendered.final_url);
  for (const auto& [origin, count] : look.rendered.failed_at) {
    auto domain = domain_of(origin);
    if (!domain.empty() && domain != own &&
        std::ranges::find(known.state.domains, domain) == known.state.domains.end())
      out -= count;
  }
  return out;
}

}  // namespace

bool doubtful(const ShownProfiles& known, const PageView& look, const LookContext& context) {
  if (!whole(look) || known_parts_failed(known, look) > known.state.parts_failed) return true;
  if (!context.shell || known.page.impl().stable_blocks() < kBlocksToCompare) return false;
  return read_page(look.rendered.dom, "", kHtml).text_bytes < kShellTextBytes;
}

std::string PictureWords::text() const {
  std::string out;
  for (const auto* list : {&strong, &weak}) {
    for (const auto& phrase : *list) {
      if (out.size() > 200) return out;
      out += (out.empty() ? "“" : ", “") + phrase + "”";
    }
  }
  return out;
}

PictureWords picture_words(std::string_view words, std::string_view document) {
  Found seen = phrases_in(words), written;
  if (!document.empty() && !(seen.strong.empty() && seen.weak.empty()))
    written = phrases_in(text_of_page(document));
  PictureWords out;
  for (const auto& phrase : seen.strong) {
    if (!written.strong.contains(phrase)) out.strong.push_back(phrase);
  }
  for (const auto& phrase : seen.weak) {
    if (!written.weak.contains(phrase)) out.weak.push_back(phrase);
  }
  return out;
}

Judgement judge_look(const ShownProfiles& known, const PageView& look, const LookContext& context) {
  Judgement out = known.page.judge(input_of(look), kLooksLearned);
  if (out.verdict == Verdict::kUnavailable) return out;
  std::erase_if(out.findings, [&](const PageFinding& f) {
    return f.severity < (context.shell ? Severity::kMedium : Severity::kHigh) ||
           (!context.shell && !f.hostile);
  });
  // The raw profile has seen far more fetches: what it knows of this page's words is no attacker's.
  if (!context.shell && context.raw != nullptr && !out.findings.empty()) {
    auto second = context.raw->judge(input_of(look), kLooksLearned);
    std::erase_if(out.findings, [&](const PageFinding& f) {
      return std::ranges::none_of(second.findings,
                                  [&](const PageFinding& g) { return g.hostile && g.kind == f.kind; });
    });
  }
  VisualDifference difference;
  if (look.picture) difference = known.visual.compare(*look.picture);
  hostile_picture(out, known, look, context, difference);
  if (context.shell) built_another(out, known, look, difference);
  if (known.page.learned() >= kLooksLearned) {
    runtime_origins(out, known, look, context);
    if (known.visual.learned() >= kLooksLearned) picture_changed(out, known, look, difference, context);
  }
  out.verdict = Verdict::kOk;
  for (const auto& f : out.findings)
    out.verdict =
        std::max(out.verdict, f.severity == Severity::kCritical ? Verdict::kCritical : Verdict::kWarn);
  return out;
}

void learn_look(ShownProfiles& known, const PageView& look, bool approve) {
  if (approve) {
    known.page.approve(input_of(look));
  } else {
    known.page.learn(input_of(look));
  }
  if (look.picture) {
    if (approve) {
      known.visual.approve(*look.picture);
    } else {
      known.visual.learn(*look.picture);
    }
  }
  auto before = known.state.domains.size();
  for (const auto& item : look.rendered.origins) {
    if (auto domain = active(item.kind) ? domain_of(item.origin) : std::string(); !domain.empty())
      add(known.state.domains, domain, ShownState::kDomainsMax);
  }
  bool moved = known.state.domains.size() != before && known.page.learned() > 1;
  known.state.moved = std::clamp(known.state.moved + (moved && !approve ? 1 : -1), 0, 2 * kRestless);
  known.state.parts_failed = std::max(known.state.parts_failed, std::min(look.rendered.parts_failed, 1'000));
  if (look.words.empty()) return;
  auto words = picture_words(look.words, {});
  for (const auto* list : {&words.strong, &words.weak}) {
    for (const auto& phrase : *list) add(known.state.phrases, phrase, ShownState::kPhrasesMax);
  }
}

}  // namespace vedette::sites
