#include "sites/judge/judge.h"

#include <algorithm>

#include "sites/judge/availability.h"
#include "sites/judge/continuity.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/findings.h"
#include "sites/judge/foreign_code.h"
#include "sites/judge/hostile_traits.h"
#include "sites/judge/hostile_words.h"
#include "sites/judge/profile.h"

namespace vedette::sites {
namespace {

constexpr std::uint32_t kShellBlocks = 5;
constexpr double kReplacedBelow = 0.20;  // continuity of a page that is no longer the learnt one
constexpr double kTextGoneBelow = 0.15;
constexpr double kChangedBelow = 0.35;     // much is gone, but not all
constexpr std::size_t kBannerBytes = 400;  // "hacked by" in a line of its own, not in an article

std::string new_text(const Features& f, const Profile::Impl& p) {
  std::string out;
  for (std::size_t i = 0; i < f.page.blocks.size() && out.size() < 1'500; ++i) {
    if (f.block_hash[i] == 0 || p.blocks.seen(f.block_hash[i]) > 0) continue;
    out += clipped(f.page.blocks[i].text, 300) + "\n";
  }
  if (out.empty()) out = clipped(f.page.html, 600);
  return out;
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100)); }

bool is_defacement(const LexiconEntry& entry) { return entry.category == "defacement"; }

class Hearing {
 public:
  Hearing(const PageInput& input, const Profile::Impl& profile)
      : input_(input), p_(profile), f_(extract(input)) {}

  Judgement judge(bool learning) {
    Judgement out;
    c_ = continuity(f_, p_);
    out.shell = p_.learned > 0 && p_.stable_blocks() < kShellBlocks;
    words_ = hostile_words(f_, p_);
    const bool gone = p_.learned > 0 && is_gone();
    const bool strayed = c_.judgeable && c_.total < 0.6;
    if (learning && p_.learned == 0) {
      first_sight(out);
    } else if (gone) {
      replaced(out);
    } else {
      hostile_here(out);
      if (!learning) out.findings = joined(std::move(out.findings), foreign_code(f_, p_, c_, words_));
      const bool named = std::any_of(out.findings.begin(), out.findings.end(),
                                     [](const PageFinding& x) { return x.hostile; });
      const bool ask = strayed || input_.http_status >= 400 || (!f_.closed && c_.blocks.recall() < 0.95);
      if (const Outage outage = ask && !named ? outage_of(f_, input_, c_, p_) : Outage::kNone;
          outage != Outage::kNone) {
        unavailable(out, outage);
      } else if (!learning && strayed && c_.total < kChangedBelow && !out.shell) {
        changed(out);
      }
    }
    if (!learning) out.new_scripts = new_scripts();
    std::erase_if(out.findings, [&](const PageFinding& finding) { return p_.ignores(finding.where); });
    if (out.verdict != Verdict::kUnavailable) out.verdict = verdict_of(out.findings, learning);
    return out;
  }

 private:
  // A stranger's page shares what all pages share: a few element paths, hosts that everybody uses. The page
  // itself in a new dress keeps its title or its navigation.
  bool is_gone() const {
    if (!c_.judgeable || c_.text >= kTextGoneBelow) return false;
    if (c_.total < kReplacedBelow) return true;
    return c_.total < kChangedBelow && c_.title < 0.5 && c_.links < 0.5 && c_.resources < 0.5;
  }

  // What lies above the sample's limit is unknown rather than new: it says nothing.
  int new_scripts() const {
    auto news = [](const PresenceSet& set, const std::vector<std::uint32_t>& now) {
      return std::count_if(now.begin(), now.end(), [&](std::uint32_t hash) { return !set.known(hash); });
    };
    return static_cast<int>(news(p_.scripts, f_.scripts) + news(p_.handlers, f_.handlers) +
                            news(p_.assets, f_.own_scripts));
  }

  static std::vector<PageFinding> joined(std::vector<PageFinding> a, std::vector<PageFinding> b) {
    a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
    return a;
  }

  static Verdict verdict_of(const std::vector<PageFinding>& findings, bool learning) {
    Severity worst = Severity::kInformational;
    for (const PageFinding& finding : findings) worst = std::max(worst, finding.severity);
    if (worst == Severity::kCritical) return Verdict::kCritical;
    if (learning) return Verdict::kLearning;
    return worst >= Severity::kMedium ? Verdict::kWarn : Verdict::kOk;
  }

  void unavailable(Judgement& out, Outage outage) {
    out.findings.clear();
    out.verdict = Verdict::kUnavailable;
    FindingSpec spec{.kind = "unavailable",
                     .severity = Severity::kInformational,
                     .confidence = 80,
                     .where = "html",
                     .before = p_.title,
                     .after = f_.page.title};
    spec.arguments["outage"] = to_string(outage);
    spec.arguments["status"] = std::to_string(input_.http_status);
    out.findings.push_back(make_finding(spec));
  }

  void replaced(Judgement& out) {
    const HostileTraits traits = hostile_traits(f_, words_);
    const bool hostile = traits.hostile();
    // How a page looks does not tell a defacer's from a server's notice: the notice is asked for first.
    const bool named = words_.strong > 0 || (words_.weak > 0 && traits.told());
    if (!named) {
      if (const Outage outage = outage_of(f_, input_, c_, p_);
          outage != Outage::kNone && !(traits.told() && outage == Outage::kNeedsScript))
        return unavailable(out, outage);
    }
    const std::string after =
        (f_.page.title.empty() ? std::string() : clipped(f_.page.title, 200) + "\n") + new_text(f_, p_);
    const std::string before = p_.title + "\n" + p_.opening;
    FindingSpec spec{.kind = "page_replaced",
                     .severity = Severity::kCritical,
                     .confidence = hostile ? 97 : 85,
                     .hostile = hostile,
                     .at_once = words_.strong > 0,
                     .where = "html",
                     .before = before,
                     .after = after,
                     .attack = {"T1491.002"}};
    spec.arguments["kept"] = percent(c_.total);
    out.findings.push_back(make_finding(spec));
    if (!hostile) return;
    FindingSpec why{.kind = "hostile_page",
                    .severity = Severity::kCritical,
                    .confidence = std::min(99, 70 + 4 * traits.points),
                    .hostile = true,
                    .at_once = words_.strong > 0,
                    .attack = {"T1491.002"}};
    std::string names;
    for (const HostileTrait& trait : traits.traits)
      names += (names.empty() ? "" : ", ") + std::string(trait.name);
    auto most =
        std::max_element(traits.traits.begin(), traits.traits.end(),
                         [](const HostileTrait& a, const HostileTrait& b) { return a.points < b.points; });
    why.where = most->where;
    why.after = most->text;
    why.arguments["signs"] = names;
    out.findings.push_back(make_finding(why));
  }

  // Nothing is known yet: only what no owner writes about himself is reported.
  void first_sight(Judgement& out) {
    for (const WordHit& hit : words_.hits) {
      if (!is_defacement(*hit.entry) || hit.entry->strength != Strength::kStrong) continue;
      const bool banner =
          hit.place == WordPlace::kTitle || (hit.place == WordPlace::kBlock && f_.page.text_bytes < 2'000);
      if (banner) return word_finding(out, hit, Severity::kCritical, true);
    }
  }

  void word_finding(Judgement& out, const WordHit& hit, Severity severity, bool at_once) {
    const std::string_view kind = !is_defacement(*hit.entry)       ? "injected_spam"
                                  : hit.place == WordPlace::kTitle ? "hostile_title"
                                                                   : "hostile_words";
    FindingSpec spec{
        .kind = kind,
        .severity = severity,
        .confidence = severity == Severity::kCritical ? 95 : 75,
        .hostile = severity >= Severity::kHigh,
        .at_once = at_once,
        .where = hit.where,
        .before = hit.place == WordPlace::kTitle ? std::string_view(p_.title) : std::string_view(),
        .after = hit.text,
        .attack = {"T1491.002"}};
    spec.arguments["word"] = hit.entry->phrase;
    spec.arguments["host"] = f_.page.host;
    out.findings.push_back(make_finding(spec));
  }

  // The page is still there. A word counts through where it stands and what came with it.
  void hostile_here(Judgement& out) {
    int reported = 0;
    bool foreign = false;
    for (const HostUse& use : f_.hosts)
      foreign =
          foreign || ((use.kinds & kActiveKinds) != 0 && p_.learned > 0 && !p_.any_host_known(use.host));
    for (const WordHit& hit : words_.hits) {
      if (!hit.novel || reported >= 3) continue;
      const bool strong = hit.entry->strength == Strength::kStrong;
      const bool defacement = is_defacement(*hit.entry);
      const bool banner = hit.text_bytes < kBannerBytes;
      Severity severity = Severity::kLow;
      bool at_once = false;
      switch (hit.place) {
        case WordPlace::kTitle:
          if (strong) severity = defacement ? Severity::kCritical : Severity::kHigh, at_once = defacement;
          break;
        case WordPlace::kBlock:
          if (strong && defacement && banner)
            severity =
                foreign || c_.total < 0.6 || words_.strong >= 3 ? Severity::kCritical : Severity::kHigh;
          break;
        case WordPlace::kHiddenBlock:
          if (strong) severity = Severity::kHigh;
          break;
        case WordPlace::kScript:
          if (strong && defacement && banner)
            severity = words_.decoded_page ? Severity::kCritical : Severity::kHigh;
          break;
        case WordPlace::kAttribute:
        case WordPlace::kUrl:
        case WordPlace::kComment:
          if (strong && defacement && banner) severity = Severity::kMedium;
          break;
      }
      if (severity < Severity::kMedium) continue;
      ++reported;
      word_finding(out, hit, severity, at_once);
    }
  }

  void changed(Judgement& out) {
    const std::string after = new_text(f_, p_);
    FindingSpec spec{.kind = "page_changed",
                     .severity = c_.brand ? Severity::kLow : Severity::kMedium,
                     .confidence = 50,
                     .where = "html",
                     .before = p_.opening,
                     .after = after,
                     .attack = {"T1491.002"}};
    spec.arguments["kept"] = percent(c_.total);
    out.findings.push_back(make_finding(spec));
  }

  const PageInput& input_;
  const Profile::Impl& p_;
  Features f_;
  Continuity c_;
  HostileWords words_;
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLearning:
      return "learning";
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kCritical:
      return "critical";
    case Verdict::kUnavailable:
      return "unavailable";
  }
  return "ok";
}

Profile::Profile() : impl_(std::make_unique<Impl>()) {}
Profile::Profile(const Profile& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Profile::Profile(Profile&& other) noexcept = default;
Profile& Profile::operator=(Profile other) noexcept {
  impl_.swap(other.impl_);
  return *this;
}
Profile::~Profile() = default;

int Profile::learned() const { return impl_->learned; }
void Profile::learn(const PageInput& page) { impl_->learn(extract(page), false); }
void Profile::approve(const PageInput& page) { impl_->learn(extract(page), true); }

void Profile::ignore(std::string_view where) {
  const std::uint32_t key = where_key(where);
  if (std::find(impl_->ignored.begin(), impl_->ignored.end(), key) != impl_->ignored.end()) return;
  if (impl_->ignored.size() >= Impl::kIgnoredMax) impl_->ignored.erase(impl_->ignored.begin());
  impl_->ignored.push_back(key);
}

Judgement Profile::judge(const PageInput& page, int learn_target) const {
  return Hearing(page, *impl_).judge(impl_->learned < learn_target);
}

}  // namespace vedette::sites
